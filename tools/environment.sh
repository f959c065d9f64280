#!/bin/sh
# Bring .venv in line with the lock files; quick when it already is.
#
#   tools/environment.sh base    what `yibao` needs
#   tools/environment.sh dev     that, the extras, and what the tests and checks need
#
# PYTHON=... chooses the interpreter for a new environment (`make clean` first).
set -eu

kind=$1
cd "$(dirname "$0")/.."
root=$(pwd)
python=.venv/bin/python

say() { echo "yibao：$*" >&2; }

# Scripts in an environment hold its path, so a copied tree needs its own.
locks=$({ echo "$root"; cat tools/environment.sh requirements*.lock; } | cksum)
project=$(cat pyproject.toml src/yibao/__init__.py | cksum)
recorded() { [ -f ".venv/$1" ] && [ "$(cat ".venv/$1")" = "$2" ]; }

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}
can_make_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() {
    found=""
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        new_enough "$candidate" || continue
        found=$candidate
        if can_make_environments "$candidate"; then return; fi
    done
    if [ -z "$found" ]; then
        say "需要 Python 3.11 或更高版本，没有找到。Debian、Ubuntu 请安装 python3 和 python3-venv；"
        say "已装在别处的，请写明：make PYTHON=/路径/python3.11 ..."
        exit 1
    fi
    # Debian keeps venv in a package of its own, named after the version for the odd ones.
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "缺少 python$version-venv，正在用 apt-get 安装……"
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "python$version-venv" >&2
        if can_make_environments "$found"; then return; fi
    fi
    say "$found 缺少 venv 模块。请安装：apt-get install python$version-venv（Debian、Ubuntu，需要 root）"
    exit 1
}

install() {
    # pip compiles what it installs even where PYTHONDONTWRITEBYTECODE is set.
    # Twice quiet: errors only.
    "$python" -m pip install -qq --disable-pip-version-check --no-input --compile "$@"
}

if ! recorded ready-base "$locks" || ! "$python" -c '' >/dev/null 2>&1; then
    find_python
    say "正在用 $found 建立 .venv ……"
    rm -rf .venv
    "$found" -m venv .venv
    install --require-hashes -r requirements.lock
    # Only files of these are used, so what they themselves require stays out.
    install --require-hashes --no-deps -r requirements-assets.lock
    echo "$locks" >.venv/ready-base
fi

if [ "$kind" = dev ] && ! recorded ready-dev "$locks"; then
    say "正在安装测试和检查所需的依赖……"
    install --require-hashes -r requirements-dev.lock
    echo "$locks" >.venv/ready-dev
fi

if ! recorded ready-project "$project"; then
    install --no-deps --no-build-isolation --editable .
    echo "$project" >.venv/ready-project
fi

# Start-up would pay for compiling the sources where PYTHONDONTWRITEBYTECODE is set.
"$python" -m compileall -qq src/yibao || true
