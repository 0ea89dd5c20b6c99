#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh [LIST...]: boot relocators side by side, over the lists named, or all:
#   tiny              of the small Linux kernel of test/linux, built if need be
#   like-tiny         generated, with the same distribution
#   like-defconfig    generated, with that of a kernel made by defconfig

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

here=bench/boot
rv=${RVRELOC:-build/rvreloc}
temp=$(mktemp -d -t bench-boot.XXXXXX)
trap 'rm -rf "$temp"' EXIT

# The words of an image, in $temp/list; sets `size` to the image's.
list_of() { # ELF
	"$rv" table --format=offsets -o "$temp/offsets" "$1"
	od -An -v -w4 -tx4 --endian=little "$temp/offsets" | tr -d ' ' |
		sed '/^00000000$/,$d' >"$temp/list"	# the words come first
	size=$(riscv64-linux-gnu-readelf -lW "$1" | awk '
		$1 == "LOAD" { print $3, $6 }' | {
		base=
		while read -r at length; do
			base=${base:-$at}
			printf '%x\n' $((at + length - base))
		done
	} | tail -n 1)
}

generated() { # NAME
	read -ra host <<<"${HOSTCC:-cc -O1}"
	"${host[@]}" -std=c11 -D_GNU_SOURCE -o "$temp/generate" $here/generate.c
	"$temp/generate" "$1" >"$temp/list"
	printf -v size '%x' $((0x$(tail -n 1 "$temp/list") + 4096))
}

compare() { # TITLE
	echo "$1"
	$here/count.sh "$temp/list" "$size" >"$temp/counts"
	awk -F'|' '
		NR == 1 { printf "  %-10s  %7s  %8s  %9s  %6s  %12s  %8s\n", "", "words",
			  "left out", "table", "code", "instructions", "per word" }
		{ printf "  %-10s  %7d  %8d  %9d  %6d  %12d  %8.2f\n",
		  $1, $2, $3, $4, $5, $6, $6 / $2 }' "$temp/counts"
	echo
}

[[ $# -gt 0 ]] || set -- tiny like-tiny like-defconfig
for name; do
	case $name in
	tiny)	folder=$(test/linux/build.sh tiny)
		list_of "$folder/A.vmlinux"
		compare "The small Linux kernel:" ;;
	like-*)	generated "${name#like-}"
		compare "A list like that of ${name#like-}:" ;;
	*)	echo "run.sh: no list '$name'" >&2
		exit 2 ;;
	esac
done
echo "Bytes of table and code, instructions of the whole move. RELR has no place"
echo "for words that are not aligned; they are left out of its run."
