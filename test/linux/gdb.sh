# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The part of check.sh about debugging a kernel that has moved itself: its log
# tells where it is, `retarget --match` makes the file that is right there, and
# GDB stops in the kernel by name, with its lines and its callers. check_gdb is
# the entry; it comes after check_place, which leaves the kernel as $placed, and
# with its records in $temp/records.

# function that is stopped in, and one that must be among its callers
gdb_stops="console_init start_kernel
kernel_init_freeable kernel_init
panic kernel_init"

# Halted before its first instruction. Without an initrd it gets to panic().
debugged() {		# ELF DTB; what GDB says goes to $temp/gdb
	local qemu function words=()
	# Each an -ex of its own: what fails, as the end of a backtrace may, stops
	# only itself.
	while read -r function _; do
		words+=(-ex "break $function")
	done <<< "$gdb_stops"
	while read -r function _; do
		# shellcheck disable=SC2016 # $pc is GDB's
		words+=(-ex continue -ex 'printf "pc %#lx\n", $pc' -ex 'info line *$pc'
			-ex backtrace -ex 'printf "end of stop\n"')
	done <<< "$gdb_stops"
	riscv64-linux-gnu-objcopy -O binary -S "$placed" "$temp/flat"
	timeout 120 qemu-system-riscv64 -M virt -m 256 -nographic -no-reboot -bios default \
		-kernel "$temp/flat" -dtb "$2" -append "console=ttyS0 earlycon=sbi panic=-1" \
		-S -gdb "unix:$temp/socket,server=on,wait=off" < /dev/null > "$temp/console" 2>&1 &
	qemu=$!
	while [ ! -S "$temp/socket" ] && kill -0 $qemu 2> /dev/null; do
		sleep 0.1
	done
	timeout 120 gdb-multiarch -nx -batch -ex 'set architecture riscv:rv64' -ex 'set confirm off' \
		-ex 'set width 0' -ex "target remote $temp/socket" "${words[@]}" -ex kill \
		"$1" < /dev/null > "$temp/gdb" 2>&1 || true
	kill $qemu 2> /dev/null || true
	wait $qemu || true
}

# Prints what is wrong with stop N, in FUNCTION, called by CALLER
stop_is_wrong() {	# N FUNCTION CALLER SHIFT
	local pc line file want
	awk -v n="$1" 'NR > 1 && $0 == "end of stop" { k++ } k == n - 1' "$temp/gdb" > "$temp/stop"
	grep -q "^Breakpoint .*$2 (" "$temp/stop" || { echo "does not stop in $2"; return; }
	pc=$(sed -n 's/^pc //p' "$temp/stop")
	# As GDB reads the file that was not moved. Another reader may take another
	# row of those that the line table has for one address, but of that file.
	pc=$(printf '0x%x' $((pc - $4)))
	want=$(gdb-multiarch -nx -batch -ex "info line *$pc" "$temp/records" 2> /dev/null |
		sed -n 's/^Line \([0-9]*\) of "\([^"]*\)".*/\2:\1/p')
	line=$(sed -n 's/^Line \([0-9]*\) of "\([^"]*\)".*/\2:\1/p' "$temp/stop")
	file=$(riscv64-linux-gnu-addr2line -e "$temp/records" "$pc")
	file=${file%%:*}
	if [ "$line" != "$want" ] || [ -z "$line" ]; then
		echo "shows $line in $2, and $want where it was linked"
	elif [ "$(basename "${line%:*}")" != "$(basename "$file")" ]; then
		echo "shows $line in $2, and addr2line says $file"
	elif ! grep -q "^#0  .*$2 (.*) at .*:[0-9]" "$temp/stop"; then
		echo "shows no source line of $2"
	elif ! grep -q "^#[1-9].* in $3 (" "$temp/stop" && ! grep -q "^#[1-9]  *$3 (" "$temp/stop"; then
		echo "shows no $3 among the callers of $2"
	fi
}

check_gdb() {		# NAME ENTRY
	local dtb function caller wrong n=0 seed
	grep -qx CONFIG_DEBUG_INFO=y "$2/config" || return 0
	command -v gdb-multiarch > /dev/null || die "gdb-multiarch is not installed"
	seed=$(od -An -tx4 -N 8 /dev/urandom | sed 's/ / 0x/g')
	dtb=$(device_tree "$2" "kaslr-seed = <${seed# }>;")
	boots "$1 with kaslr-seed$seed" "$2" -q "-dtb $dtb" || return 0
	rm -f "$temp/matched" "$temp/ours"
	if ! "$rvreloc" retarget --match="$work/boot-vmlinux.log" -o "$temp/matched" "$temp/records" > "$temp/said" 2>&1 ||
			! retarget "$base" "$temp/records" "$temp/ours"; then
		fail "$1: no file is made to match its log"
		said
		return
	elif ! cmp -s "$temp/matched" "$temp/ours"; then
		fail "$1 is at $base, and its log is matched otherwise"
		return
	fi
	debugged "$temp/matched" "$dtb"
	while read -r function caller; do
		n=$((n + 1))
		wrong=$(stop_is_wrong $n "$function" "$caller" $((base - link_base)))
		if [ -n "$wrong" ]; then
			fail "$1, at $base, in the debugger: it $wrong"
			sed 's/^/    /' "$temp/stop" | tail -n 20
			return
		fi
	done <<< "$gdb_stops"
	ok "$1, at $base: GDB stops in $(awk '{ print $1 }' <<< "$gdb_stops" | xargs | sed 's/ /, /g')," \
		"with their lines and callers"
}
