#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# boot.sh KERNEL...: boots 64-bit kernels (vmlinux, or a flat Image) in QEMU
# and prints where each says its symbols are: "KERNEL SYMBOL ADDRESS" lines.
# Fails if one does not get as far as saying so. The console of each is kept.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -gt 0 ] || die "usage: boot.sh KERNEL..."
for program in riscv64-linux-gnu-gcc riscv64-linux-gnu-objcopy qemu-system-riscv64 cpio; do
	command -v "$program" > /dev/null || die "$program is not installed"
done

mkdir -p "$work"
temp=$(mktemp -d "$work/boot.XXXXXX")
trap 'rm -rf "$temp"' EXIT

# No start-up code sets gp, so the linker must not use it
make_initrd() {
	mkdir "$temp/ramdisk"
	riscv64-linux-gnu-gcc -std=gnu11 -Wall -Wextra -Os -static -ffreestanding -nostdlib \
		-fno-stack-protector -Wl,--no-relax -o "$temp/ramdisk/init" "$here/init.c"
	(cd "$temp/ramdisk" && echo init | cpio -o -H newc --quiet) > "$temp/initrd"
}

# panic=-1 and -no-reboot make a crash an exit, the timeout a hang
run() {		# IMAGE
	timeout --foreground 60 qemu-system-riscv64 -M virt -m 256 -nographic -no-reboot \
		-bios default -kernel "$1" -initrd "$temp/initrd" \
		-append "console=ttyS0 earlycon=sbi panic=-1" < /dev/null 2>&1 | tr -d '\r'
}

boot() {	# KERNEL
	local image=$1 console
	console=$work/boot-$(basename "$1").log
	if [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; then
		image=$temp/Image
		riscv64-linux-gnu-objcopy -O binary -S "$1" "$image"
	fi
	if ! run "$image" > "$console" || ! grep -qx 'init: done' "$console"; then
		echo "boot.sh: $1 did not boot; the end of $console:" >&2
		tail -n 15 "$console" >&2
		return 1
	fi
	awk -v kernel="$1" '/^symbol / { print kernel, $2, "0x" $3 }' "$console"
}

make_initrd
status=0
for kernel; do
	boot "$kernel" || status=1
done
exit $status
