#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# rvreloc beside other programs that read or copy the same file: time, time
# against cp, memory, and how they grow with the size and with -j.
#
#   SIZES="10M 150M 1503M"   of generated images (6G needs 20 GB of disk)
#   VMLINUX=FILE             this image instead
#   LINK=COMMAND             a shell command that links it once more, to $OUT
#   RUNS=5                   of each; programs that take much longer than cp: 1
#   TMPDIR=FOLDER            where the files go; a disk, and not a tmpfs
#
# Leaves build/bench/result.json and result.svg.
set -euo pipefail
cd "$(dirname "$0")/.."

rv=${RVRELOC:-$PWD/build/rvreloc}
generate=${GENERATE:-$PWD/build/bench/generate}
runs=${RUNS:-5}
sizes=${SIZES:-10M 150M 1503M}
tool=riscv64-linux-gnu
results=$PWD/build/bench
mkdir -p "$results" "${TMPDIR:=$results}"
work=$(mktemp -d "$TMPDIR/rvreloc-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
export OUT=$work/out

fast=() slow=()
# Those of which one run says enough are `slow`.
commands() { # FILE
	local in=$1 j=1 llvm
	fast=("cp" "cp $in $OUT"
		"retarget" "$rv retarget -q --delta=0x10000000 -o $OUT $in"
		"verify" "$rv verify -q $in"
		"inspect" "$rv inspect -q $in"
		"table" "$rv table -q -o $OUT $in")
	for ((j = 1; j <= $(nproc); j *= 2)); do
		fast+=("retarget -j$j" "$rv retarget -q -j$j --delta=0x10000000 -o $OUT $in"
			"verify -j$j" "$rv verify -q -j$j $in"
			"inspect -j$j" "$rv inspect -q -j$j $in")
	done
	slow=("sha256sum" "sha256sum $in"
		"strip -g" "$tool-strip -g -o $OUT $in"
		"objcopy" "$tool-objcopy $in $OUT"
		"eu-readelf -r" "eu-readelf -r $in"
		"readelf -rW" "$tool-readelf -rW $in")
	llvm=$(compgen -c llvm-readelf | sort -V | tail -n 1 || true)
	[ -z "$llvm" ] || slow+=("$llvm -r" "$llvm -r $in")
	[ -z "${LINK:-}" ] || slow+=("ld" "sh -c '$LINK'")
}

# hyperfine for the time; a run more for the memory. Before each run is another one,
# whose file is removed: the pages that it leaves are like those that the next one
# wants. A virtual machine's host may have to find memory for others, and that takes
# longer than all the rest.
measure() { # JSON NAME COMMAND...
	local json=$1 args=()
	shift
	printf '%s\0' "$@" >"$json.commands"
	while [ $# -gt 0 ]; do
		args+=(--prepare "sh -c '$2 >/dev/null; rm -f $OUT'" -n "$1" "$2")
		shift 2
	done
	hyperfine -N --style none --warmup 1 --runs "$runs" \
		--export-json "$json" "${args[@]}" >/dev/null
	bench/report.py memory "$json" <"$json.commands"
	rm -f "$OUT" "$json.commands"
}

one() { # NAME FILE
	echo "$1: $(stat -c %s "$2") bytes" >&2
	commands "$2"
	cat "$2" >/dev/null
	measure "$work/fast.json" "${fast[@]}"
	printf '%s\0' "${slow[@]}" | bench/report.py once "$work/slow.json"
	rm -f "$OUT"
	"$rv" inspect -q --json "$2" >"$work/inspect.json"
	bench/report.py add "$results/result.json" "$1" "$2" "$work/inspect.json" \
		"$work/fast.json" "$work/slow.json"
}

rm -f "$results/result.json"
if [ -n "${VMLINUX:-}" ]; then
	one "$(basename "$VMLINUX")" "$(realpath "$VMLINUX")"
else
	for size in $sizes; do
		"$generate" --size="$size" "$work/in"
		one "$size" "$work/in"
		rm -f "$work/in"
	done
fi
bench/report.py show "$results/result.json" "$results/result.svg"
