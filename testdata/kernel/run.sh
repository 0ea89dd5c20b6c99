#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh ELF [BOOTARGS [EXPECTED...]]: boots a test kernel in QEMU, at most
# TIMEOUT (30) seconds, and prints what it says.  AT=ADDR: at that physical
# address, not where QEMU puts a kernel.  EXPECTED: ELF files; the kernel
# compares itself with one after each of its moves (place.c).  The status is 0 if
# all its checks passed.
set -euo pipefail

elf=$1 bootargs=${2:-}
shift $(($# < 2 ? $# : 2))
prefix=riscv64-linux-gnu-
work=$(mktemp -d -t testkernel.XXXXXX)
trap 'rm -rf "$work"' EXIT
expected_at=0x86000000 expected_step=0x100000	# as place.c has it
loaded=()

binary() { # ELF OUT
	"${prefix}objcopy" -O binary -S "$1" "$2"
}

load() { # FILE ADDRESS
	loaded+=(-device "loader,file=$1,addr=$2,force-raw=on")
}

case $(${prefix}readelf -h "$elf") in
*ELF32*) machine=(qemu-system-riscv32 -bios none) code=(-march=rv32i -mabi=ilp32) ;;
*)	machine=(qemu-system-riscv64 -bios default) code=(-march=rv64i -mabi=lp64) ;;
esac

binary "$elf" "$work/image"
kernel=$work/image
if [[ -n ${AT:-} ]]; then
	kernel=$work/stub
	printf '\t%s\n' "li t0, $AT" "jr t0" |
		"${prefix}as" "${code[@]}" -o "$work/stub.o" -
	binary "$work/stub.o" "$kernel"
	load "$work/image" "$AT"
fi
if [[ $# -gt 0 ]]; then
	bootargs+=" expect=$expected_at"
	for file; do
		binary "$file" "$work/$expected_at"
		load "$work/$expected_at" "$expected_at"
		printf -v expected_at '0x%x' $((expected_at + expected_step))
	done
fi

status=0
said=$(timeout "${TIMEOUT:-30}" "${machine[@]}" -M virt -m 128M -display none \
	-monitor none -serial stdio -kernel "$kernel" "${loaded[@]}" \
	-append "$bootargs" </dev/null) || status=$?

# The firmware writes its banner to the same line.
tr -d '\r' <<<"$said" | sed -n '/^rvreloc test kernel$/,$p'
if [[ $status = 124 ]]; then
	echo "run.sh: $elf has not powered off in ${TIMEOUT:-30} seconds" >&2
fi
grep -Eq '^all [0-9]+ checks passed' <<<"$said"
