#!/bin/sh
# Debian packages that only some tests need: installed where that may be, named aloud where not.
set -eu

say() { echo "yibao：$*" >&2; }

has() {
    for program in "$@"; do
        PATH="$PATH:/usr/sbin" command -v "$program" >/dev/null 2>&1 && return 0
    done
    return 1
}

# wanted PROGRAM... -- PACKAGE...: the packages, where none of the programs is there.
wanted() {
    programs=
    while [ "$1" != -- ]; do
        programs="$programs $1"
        shift
    done
    shift
    # shellcheck disable=SC2086
    has $programs || packages="$packages $*"
}

packages=
wanted chromium chromium-browser -- chromium fonts-wqy-microhei
wanted nginx -- nginx-light
[ -n "$packages" ] || exit 0

# No service is started by what is installed: the tests start their own.
install() {
    policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" && ours=1; }
    # shellcheck disable=SC2086
    apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >&2
    installed=$?
    [ -z "${ours:-}" ] || rm -f "$policy"
    return $installed
}

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "浏览器和反向代理的测试需要$packages，正在用 apt-get 安装……"
    if install; then
        exit 0
    fi
fi
say "没有装上$packages：用到它们的测试这次不会运行。请安装：apt-get install$packages"
