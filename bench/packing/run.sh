#!/bin/sh
# Runs the packed bench on a Linux x86-64 machine that has neither Node nor network, with the machine's own Vulkan
# driver. Unpacks into a temporary folder, which it deletes at the end; all options go to the bench (--help lists them).
set -eu
pack=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/glassbox-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for file in "$pack"/files/*.gz "$pack"/files/*/*.gz "$pack"/files/*/*/*.gz; do
  [ -f "$file" ] || continue
  name=${file#"$pack"/files/}
  mkdir -p "$work/$(dirname "$name")"
  gzip -dc "$file" >"$work/${name%.gz}"
done
chmod +x "$work/node"

if [ -z "${XDG_RUNTIME_DIR:-}" ]; then
  mkdir -m 700 "$work/runtime"
  export XDG_RUNTIME_DIR="$work/runtime"
fi
# A loader for Vulkan comes along, behind those of the machine.
for folder in /usr/lib/x86_64-linux-gnu /usr/lib64 /lib/x86_64-linux-gnu /lib64 /usr/lib /usr/local/lib; do
  if [ -e "$folder/libvulkan.so.1" ]; then own_loader=$folder; break; fi
done
if [ -z "${own_loader:-}" ] && [ -d "$work/loader" ]; then
  export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$work/loader"
fi

"$work/node" "$work/bench.mjs" "$@"
