#!/bin/sh
# Debian packages that only some tests need: installed where that may be, named aloud where not.
set -eu

say() { echo "yibao：$*" >&2; }

if command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "浏览器测试需要 chromium 和中文字体，正在用 apt-get 安装……"
    if apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq chromium fonts-wqy-microhei >&2; then
        exit 0
    fi
fi
say "没有 chromium：浏览器测试这次不会运行。请安装：apt-get install chromium fonts-wqy-microhei"
