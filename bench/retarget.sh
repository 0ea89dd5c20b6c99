#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# bench/retarget.sh VMLINUX [DELTA]: retarget beside cp of the same file, in
# one run, since machines are noisy; then the peak of anonymous memory.
set -euo pipefail
cd "$(dirname "$0")/.."

vmlinux=${1:?VMLINUX: an image linked with --emit-relocs}
delta=${2:-0x10000000}
rv=${RVRELOC:-$PWD/build/rvreloc}
temp=$(mktemp -d "${TMPDIR:-/tmp}/bench.XXXXXX")
trap 'rm -rf "$temp"' EXIT

hyperfine -N --warmup 2 --export-json "$temp/json" \
	-n cp "cp $vmlinux $temp/copy" \
	-n retarget "$rv retarget -q --delta=$delta -o $temp/moved $vmlinux" \
	-n retarget-j1 "$rv retarget -q -j1 --delta=$delta -o $temp/moved $vmlinux" \
	-n inspect "$rv inspect $vmlinux"

"$rv" retarget -q --delta="$delta" -o "$temp/moved" "$vmlinux" &
peak=0
while kill -0 $! 2>/dev/null; do
	now=$(awk '/^RssAnon/ { print $2 }' /proc/$!/status 2>/dev/null || true)
	[ "${now:-0}" -le "$peak" ] || peak=$now
done
echo "peak of anonymous memory, sampled: $peak KiB"
