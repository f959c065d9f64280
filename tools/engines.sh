#!/bin/sh
# The engines that `make verify` tries, each in an environment of its own: .engines/sail (Spark
# Connect without Java, 325 MB), .engines/spark (PySpark and Dask, 590 MB; PySpark needs Java).
# pyspark and pyspark-client hold the same files, so they cannot share one.
#
#   tools/engines.sh [sail|spark]...    without a name: all
set -u
cd "$(dirname "$0")/.."

say() { echo "yibao：$*" >&2; }

packages_of() {
    case $1 in
        sail) echo "pysail>=0.7,<0.8 pyspark-client>=4.1,<5 pandas>=2.2,<3" ;;
        spark) echo "pyspark>=4.0,<5 pandas>=2.2,<3 dask>=2025.1 distributed>=2025.1" ;;
    esac
}

rest=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
[ $# -gt 0 ] || set -- sail spark
for engine in "$@"; do
    folder=.engines/$engine
    [ -x "$folder/bin/python" ] && [ -f "$folder/ready" ] && continue
    say "正在安装 $engine 的环境（只有 make verify 用）……"
    rm -rf "$folder"
    # shellcheck disable=SC2046
    if .venv/bin/python -m venv "$folder" &&
        "$folder/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
            $(packages_of "$engine"); then
        # What yibao needs comes from the environment of the tests.
        site=$("$folder/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
        echo "$rest" >"$site/yibao-rest.pth"
        touch "$folder/ready"
    else
        rm -rf "$folder"
        say "没有装上 $engine：用到它的测试这次不会运行"
    fi
done
command -v java >/dev/null 2>&1 ||
    say "没有 Java：PySpark 的测试这次不会运行。请安装：apt-get install openjdk-17-jre-headless"
