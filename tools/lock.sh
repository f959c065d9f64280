#!/bin/sh
# Write both lock files from pyproject.toml, for every platform and Python that it admits.
# They hold versions and hashes only: no registry and no path stands in them.
set -eu
cd "$(dirname "$0")/.."

if ! command -v uv >/dev/null 2>&1; then
    echo "yibao：make lock 需要 uv，请先安装：python3 -m pip install uv" >&2
    exit 1
fi

compile() {
    output=$1
    shift
    uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
        --output-file "$output" "$@" pyproject.toml
}

compile requirements.lock --group build --extra report
# The same versions as the base, so that one environment grows into the other.
# Without the extra spark: its 590 MB are for whoever has a cluster (tools/engines.sh).
compile requirements-dev.lock --constraint requirements.lock --group build --group dev \
    --extra columns --extra report --extra mcp
