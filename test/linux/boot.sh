#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# boot.sh [OPTION...] KERNEL...: boots 64-bit kernels (vmlinux, or a flat Image)
# in QEMU and prints where each says its symbols are: "KERNEL SYMBOL ADDRESS"
# lines. Fails if one does not get to the end. The console of each is kept.
#   -f FILE=NAME  puts FILE into the initrd as NAME, for init.c to look at
#   -a WORDS      more for the kernel's command line
#   -q OPTIONS    more for QEMU
#   -e LINE       the line that has to come, as a pattern; otherwise init's last
set -euo pipefail
. "$(dirname "$0")/lib.sh"

files=() append='' qemu=() end='init: done'
while getopts f:a:q:e: option; do
	case $option in
	f) files+=("$OPTARG") ;;
	a) append+=" $OPTARG" ;;
	q) read -ra more <<< "$OPTARG"; qemu+=("${more[@]}") ;;
	e) end=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || die "usage: boot.sh [OPTION...] KERNEL..."
for program in riscv64-linux-gnu-gcc riscv64-linux-gnu-objcopy qemu-system-riscv64 cpio; do
	command -v "$program" > /dev/null || die "$program is not installed"
done

mkdir -p "$work"
temp=$(mktemp -d "$work/boot.XXXXXX")
trap 'rm -rf "$temp"' EXIT

# No start-up code sets gp, so the linker must not use it
make_initrd() {
	local file
	mkdir "$temp/root"
	riscv64-linux-gnu-gcc -std=gnu11 -Wall -Wextra -Os -static -ffreestanding -nostdlib \
		-fno-stack-protector -Wl,--no-relax -o "$temp/root/init" "$here/init.c"
	for file in "${files[@]}"; do
		cp "${file%=*}" "$temp/root/${file##*=}"
	done
	(cd "$temp/root" && find . | cpio -o -H newc --quiet) > "$temp/initrd"
}

# panic=-1 and -no-reboot make a crash an exit, the timeout a hang
run() {		# IMAGE
	timeout --foreground 60 qemu-system-riscv64 -M virt -m 256 -nographic -no-reboot \
		-bios default -kernel "$1" -initrd "$temp/initrd" "${qemu[@]}" \
		-append "console=ttyS0 earlycon=sbi panic=-1$append" < /dev/null 2>&1 | tr -d '\r'
}

boot() {	# KERNEL
	local image=$1 console
	console=$work/boot-$(basename "$1").log
	if [ "$(head -c 4 "$1" | od -An -tx1 | tr -d ' ')" = 7f454c46 ]; then
		image=$temp/Image
		riscv64-linux-gnu-objcopy -O binary -S "$1" "$image"
	fi
	if ! run "$image" > "$console" || ! grep -qx "$end" "$console"; then
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
