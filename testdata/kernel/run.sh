#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# run.sh ELF [BOOTARGS]: boots a test kernel in QEMU, at most TIMEOUT (30)
# seconds, and prints what it says.  The status is 0 if all its checks passed.
set -euo pipefail

elf=$1
image=$(mktemp -t testkernel.XXXXXX)
trap 'rm -f "$image"' EXIT
riscv64-linux-gnu-objcopy -O binary -S "$elf" "$image"

case $(riscv64-linux-gnu-readelf -h "$elf") in
*ELF32*) machine=(qemu-system-riscv32 -bios none) ;;
*)	machine=(qemu-system-riscv64 -bios default) ;;
esac

status=0
said=$(timeout "${TIMEOUT:-30}" "${machine[@]}" -M virt -m 64M -display none \
	-monitor none -serial stdio -kernel "$image" -append "${2:-}" </dev/null) || status=$?

# The firmware writes its banner to the same line.
tr -d '\r' <<<"$said" | sed -n '/^rvreloc test kernel$/,$p'
if [[ $status = 124 ]]; then
	echo "run.sh: $elf has not powered off in ${TIMEOUT:-30} seconds" >&2
fi
grep -Eq '^all [0-9]+ checks passed' <<<"$said"
