# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The part of check.sh about kernels that move themselves at boot. check_place
# is its entry; the rest is in the order of reading. The kernel is built as
# $placed, from there on in $temp with its table; $symbols has System.map.

link_base=0xffffffff80000000	# of a kernel that nobody has moved
placed=				# the kernel under test
declare -A at			# where it was linked: the address of each symbol

# git am must make of the kernel's source what patch makes of it
series() {
	local patches=("$tree"/linux/0*.patch) files patch
	mapfile -t files < <(awk '	# but those that the series makes
		/^--- / { old = $2; next }
		/^\+\+\+ / { name = substr($2, 3); made[name] += old == "/dev/null"; seen[name] }
		END { for (name in seen) if (!made[name]) print "linux-source-6.1/" name }' "${patches[@]}")
	mkdir "$temp/patched"
	tar -xf "$tarball" -C "$temp/patched" --strip-components=1 --occurrence=1 "${files[@]}" || {
		fail "the series: not all files are in $tarball"; return; }
	cp -r "$temp/patched" "$temp/am"
	for patch in "${patches[@]}"; do
		patch -d "$temp/patched" -p1 -s -f < "$patch" || { fail "$patch: patch -p1"; return; }
	done > "$temp/said"
	if ! (	cd "$temp/am"
		export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null \
			GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@example.org \
			GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@example.org
		git init -q && git add . && git commit -q -m source && git am -q "${patches[@]}"
	) > "$temp/said" 2>&1; then
		fail "the series: git am"
		said
	elif ! diff -r -x .git "$temp/patched" "$temp/am" > "$temp/said"; then
		fail "the series: git am and patch -p1 do not make the same"
		said
	else
		ok "the series of ${#patches[@]} applies with git am and with patch -p1"
	fi
}

# What make runs after the link, run with the rvreloc that is tested. The kernel
# was kept as it was before that, for the cache is not to depend on rvreloc.
embed_table() {		# NAME ENTRY
	local before after
	mkdir -p "$temp/embed"
	placed=$temp/embed/vmlinux
	cp "$2/A.vmlinux" "$placed"
	"$2/sorttable" "$placed" > /dev/null
	cp "$placed" "$temp/records"
	# shellcheck disable=SC2046 # they are words
	if ! (cd "$temp/embed" && "$rvreloc" $(cat "$2/rvreloc-command")) > "$temp/said" 2>&1; then
		fail "$1: rvreloc $(cat "$2/rvreloc-command")"
		said
		return 1
	fi
	before=$(stat -c %s "$temp/records")
	after=$(stat -c %s "$placed")
	if riscv64-linux-gnu-readelf -SW "$placed" | grep -q ' RELA '; then
		fail "$1: records are left after the table was made of them"
	elif ! cmp -s <(image_without_table "$temp/records") <(image_without_table "$placed"); then
		fail "$1: not only the table was changed in the image"
	# Weak ones that nobody defines are only there for the records
	elif ! cmp -s <(riscv64-linux-gnu-nm --defined-only "$temp/records") \
			<(riscv64-linux-gnu-nm --defined-only "$placed"); then
		fail "$1: the symbols are others than before"
	else
		ok "$1 has its table, and nothing else of the image has changed; vmlinux shrank from $before to $after bytes"
	fi
}

image_without_table() {		# VMLINUX
	riscv64-linux-gnu-objcopy -O binary -S -R .rvreloc "$1" "$temp/flat"
	cat "$temp/flat"
}

read_symbols() {	# ENTRY
	local address name
	at=()
	while read -r address _ name; do
		at[$name]=0x$address
	done < "$1/System.map"
}

# Sets `base' and `how' to what the kernel in boot-vmlinux.log says of itself
read_place() {
	base='' how=''
	read -r base how < <(sed -n "s/^Kernel at \(0x[0-9a-f]*\) (\(.*\)), linked at $link_base\$/\1 \2/p" \
		"$work/boot-vmlinux.log") || true
}

# Everything that a booted kernel reports against what the console says of its
# place; prints the first thing that is wrong.
contradiction() {	# CONFIG
	local console=$work/boot-vmlinux.log symbol address n=0
	while read -r symbol address; do
		n=$((n + 1))
		if [ $((address - at[$symbol])) -ne $((base - link_base)) ]; then
			echo "$symbol is at $address"
			return
		fi
	done < <(sed -n -e 's/^symbol \([^ ]*\) \([0-9a-f]*\)$/\1 0x\2/p' \
		-e 's/^rvreloc_test: at \([0-9a-f]*\), \(kernel_map\|kasprintf\)$/\2 0x\1/p' "$console")
	[ $n -eq 7 ] || { echo "$n of 7 symbols are reported, 5 by init and 2 by the module"; return; }
	grep -qx 'module: 0' "$console" || { echo "the module is not loaded"; return; }
	grep -Eqx 'map: agree [0-9]{4,} differ 0' "$console" ||
		{ echo "kallsyms and System.map: $(grep '^map: ' "$console")"; return; }
	if grep -qx CONFIG_SMP=y "$1" && [ "$(grep -c '^cpu [0-3]$' "$console")" -ne 4 ]; then
		echo "not all of 4 processors run"
	elif grep -qx CONFIG_DYNAMIC_FTRACE=y "$1" && {
			! grep -Eqx 'trace function: calls [1-9][0-9]* vfs_write [1-9][0-9]*' "$console" ||
			! grep -qx 'trace nop: calls 0 vfs_write 0' "$console"; }; then
		echo "$(grep '^trace function: ' "$console"), $(grep '^trace nop: ' "$console")"
	elif grep -qx CONFIG_PROC_KCORE=y "$1" &&
		! grep -qx "vmcoreinfo KERNELOFFSET=$(printf %x $((base - link_base)))" "$console"; then
		echo "vmcoreinfo: $(grep "^vmcoreinfo" "$console")"
	fi
}

features() {		# CONFIG: what the above has looked at
	printf 'init, the module, all of kallsyms'
	! grep -qx CONFIG_SMP=y "$1" || printf ', 4 harts'
	! grep -qx CONFIG_DYNAMIC_FTRACE=y "$1" || printf ', ftrace'
	! grep -qx CONFIG_PROC_KCORE=y "$1" || printf ', KERNELOFFSET'
}

# Boots, and holds everything against everything; sets `base' and `how' as well
boots() {		# NAME ENTRY [BOOT.SH-OPTION...]
	local name=$1 entry=$2 wrong smp=()
	shift 2
	! grep -qx CONFIG_SMP=y "$entry/config" || smp=(-q '-smp 4')
	if ! "$here/boot.sh" -f "$entry/System.map=System.map" -f "$entry/test.ko=test.ko" \
			"${smp[@]}" "$@" "$placed" > /dev/null; then
		fail "$name does not boot"
		return 1
	fi
	read_place
	[ -n "$base" ] || { fail "$name does not say where it is"; return 1; }
	wrong=$(contradiction "$entry/config")
	[ -z "$wrong" ] || { fail "$name says that it is at $base, but $wrong"; return 1; }
}

boots_at() {		# NAME ENTRY BASE HOW [BOOT.SH-OPTION...]
	local name=$1 entry=$2 want_base=$3 want_how=$4
	shift 4
	boots "$name" "$entry" "$@" || return 0
	if [ "$base" = "$want_base" ] && [ "$how" = "$want_how" ]; then
		ok "$name: at $base, $how"
	else
		fail "$name: at $base, $how, and not at $want_base, $want_how"
	fi
}

random_boots() {	# NAME ENTRY HOW-MANY HOW-MANY-DIFFERENT
	local n places=()
	for ((n = 1; n <= $3; n++)); do
		boots "$1, boot $n" "$2" || return 0
		if [ "$how" != "by rng-seed" ]; then
			fail "$1, boot $n: at $base, $how"
			return
		fi
		places+=("$base")
	done
	n=$(printf '%s\n' "${places[@]}" | sort -u | wc -l)
	if [ "$n" -ge "$4" ]; then
		ok "$1: $3 boots, $n places: ${places[*]}; at each are $(features "$2/config")"
	else
		fail "$1: $3 boots, $n places, less than $4: ${places[*]}"
	fi
}

# QEMU's own device tree, with other lines in /chosen
device_tree() {		# ENTRY LINES: a name in $temp
	qemu-system-riscv64 -M virt,dumpdtb="$temp/qemu.dtb" -m 256 -nographic > /dev/null 2>&1
	"$1/dtc" -q -I dtb -O dts "$temp/qemu.dtb" |
		sed -e '/rng-seed = /d' -e "s/^\tchosen {\$/& $2/" > "$temp/seed.dts"
	"$1/dtc" -q -I dts -O dtb -o "$temp/seed.dtb" "$temp/seed.dts"
	echo "$temp/seed.dtb"
}

seeded_boots() {	# NAME ENTRY
	local dtb first
	dtb=$(device_tree "$2" 'kaslr-seed = <0x12345678 0x9abcdef0>;')
	boots "$1 with kaslr-seed" "$2" -q "-dtb $dtb" || return 0
	first=$base
	if [ "$how" != "by kaslr-seed" ] || ! grep -qx 'kaslr-seed wiped' "$work/boot-vmlinux.log"; then
		fail "$1 with kaslr-seed: $how, $(grep ^kaslr-seed "$work/boot-vmlinux.log")"
		return
	fi
	boots_at "$1 with the same kaslr-seed" "$2" "$first" "by kaslr-seed" -q "-dtb $dtb"
	boots_at "$1 with kaslr-seed and nokaslr" "$2" $link_base "as linked" -q "-dtb $dtb" -a nokaslr
	grep -qx 'kaslr-seed wiped' "$work/boot-vmlinux.log" || fail "$1 with nokaslr does not wipe kaslr-seed"
	dtb=$(device_tree "$2" 'kaslr-seed = <0x5eed5eed 0x0badcafe>;')
	boots "$1 with another kaslr-seed" "$2" -q "-dtb $dtb" || return 0
	if [ "$base" != "$first" ]; then
		ok "$1 with another kaslr-seed: at $base"
	else
		fail "$1 goes to $first with two different seeds"
	fi
}

# QEMU adds rng-seed to any tree that it hands over, so this one is handed over
# by a stub, which starts the kernel elsewhere in memory than usual as well. The
# kernel has no init here, but by then it has said what is asked.
seedless_boot() {	# NAME ENTRY
	local dtb
	dtb=$(device_tree "$2" 'bootargs = "console=ttyS0 earlycon=sbi panic=-1";')
	printf '\t%s\n' '.globl _start' '_start: li a1, 0x88000000' 'li t0, 0x80600000' 'jr t0' > "$temp/stub.S"
	riscv64-linux-gnu-gcc -nostdlib -static -Wl,-Ttext=0x80200000,--build-id=none -o "$temp/stub" "$temp/stub.S"
	riscv64-linux-gnu-objcopy -O binary "$temp/stub" "$temp/stub.bin"
	riscv64-linux-gnu-objcopy -O binary -S "$placed" "$temp/flat"
	timeout --foreground 60 qemu-system-riscv64 -M virt -m 256 -nographic -no-reboot \
		-bios default -kernel "$temp/stub.bin" \
		-device loader,file="$temp/flat",addr=0x80600000,force-raw=on \
		-device loader,file="$dtb",addr=0x88000000,force-raw=on \
		< /dev/null 2>&1 | tr -d '\r' > "$work/boot-vmlinux.log" || true
	read_place
	if [ "$how" = "by the clock" ] && grep -q '^Kernel Offset: ' "$work/boot-vmlinux.log"; then
		ok "$1 without any seed, and at another physical address: at $base, $how"
	else
		fail "$1 without any seed: at $base, $how"
	fi
}

# The last place in each half of the window, and what lies just beyond
edges() {		# NAME ENTRY
	local step=$((1 << 21)) size
	size=$(((at[_end] - at[_start] + step - 1) / step * step))
	hex() { printf '0x%016x' "$1"; }
	local half last
	half=$(hex $((link_base + (1 << 30) - size)))
	last=$(hex $((-size - step)))
	boots_at "$1 to the end of the first half" "$2" "$half" "by textbase=" -a "textbase=$half"
	boots_at "$1 to the last place of all" "$2" "$last" "by textbase=" -a "textbase=$last"
	local bad
	for bad in $((half + step)) $((last + step)) $((half + 4096)) $((link_base - step)); do
		bad=$(hex "$bad")
		boots_at "$1, sent to $bad, where it cannot be" "$2" $link_base "as linked" \
			-a "textbase=$bad nokaslr"
		grep -q '^textbase= ignored' "$work/boot-vmlinux.log" ||
			fail "$1 does not say that it ignores textbase=$bad"
	done
}

panics() {		# NAME [BOOT.SH-OPTION...]
	local name=$1 offset line
	shift
	"$here/boot.sh" -a 'rdinit=/none' -e 'Kernel Offset: .*' "$@" "$placed" > /dev/null || {
		fail "$name does not panic as it should"; return; }
	read_place
	offset="0x$(printf %x $((base - link_base))) from $link_base"
	[ $((base)) -ne $((link_base)) ] || offset=disabled
	line=$(grep '^Kernel Offset: ' "$work/boot-vmlinux.log")
	if [ "$line" = "Kernel Offset: $offset" ]; then
		ok "$name panics at $base: $line"
	else
		fail "$name panics at $base: $line"
	fi
}

# One bit of the table is wrong: the kernel must stay, say so, and run
broken_table() {	# NAME ENTRY
	local address offset byte good=$placed
	read -r address offset < <(riscv64-linux-gnu-readelf -SW "$placed" |
		sed -n 's/^.*\] \.rvreloc *PROGBITS *\([0-9a-f]*\) \([0-9a-f]*\) .*/0x\1 0x\2/p')
	offset=$((offset + 100))
	mkdir -p "$temp/broken"
	cp "$placed" "$temp/broken/vmlinux"
	byte=$(od -An -tu1 -j $offset -N 1 "$placed")
	# shellcheck disable=SC2059 # the format is made here
	printf "\\x$(printf %x $((byte ^ 4)))" |
		dd of="$temp/broken/vmlinux" bs=1 seek=$offset conv=notrunc status=none
	placed=$temp/broken/vmlinux
	boots_at "$1 with a bit of its table at $address wrong" "$2" $link_base "as linked"
	grep -q '^Kernel not moved: ' "$work/boot-vmlinux.log" || fail "$1 does not say that its table is wrong"
	placed=$good
}

# .text must be what it is in the kernel without our patches: as many bytes, and
# the same functions, each as long as there.
same_text() {		# NAME ENTRY
	functions() {
		riscv64-linux-gnu-objdump -t "$1" |
			sed -n 's/^[0-9a-f]* .* F \.text\t\([0-9a-f]*\) \(.*\)$/\2 \1/p' | sort
	}
	size_of() { riscv64-linux-gnu-size -A "$1" | awk -v name="$2" '$1 == name { print $2 }'; }
	functions "$2/without.vmlinux" > "$temp/without"
	functions "$placed" > "$temp/with"
	if [ "$(wc -l < "$temp/without")" -gt 1000 ] && diff "$temp/without" "$temp/with" > "$temp/said" &&
			[ "$(size_of "$placed" .text)" -eq "$(size_of "$2/without.vmlinux" .text)" ]; then
		ok "$1: .text is $(size_of "$placed" .text) bytes with and without the patches," \
			"each of $(wc -l < "$temp/with") functions is as long as without" \
			"(.init.text: $(size_of "$placed" .init.text) and $(size_of "$2/without.vmlinux" .init.text))"
	else
		fail "$1: .text is $(size_of "$placed" .text) bytes," \
			"$(size_of "$2/without.vmlinux" .text) without the patches"
		said
	fi
}

# The code that moves the kernel must lie in init memory, and use nothing of the
# rest, which may be instrumented, or have absolute addresses in its code.
alone() {		# NAME ENTRY
	local used sections
	used=$(riscv64-linux-gnu-nm -u "$2/early.init.o" | awk '{ print $2 }' | sort | xargs)
	sections=$(riscv64-linux-gnu-readelf -SW "$2/early.init.o" |
		awk '/ [WA]*A[XMS]* +0 / && !/ \.init\./ && $0 !~ / 000000 00 /' )
	if [ "$used" = "__rvreloc_table _end _start" ] && [ -z "$sections" ]; then
		ok "$1: the code that moves it uses nothing else of it, and is all in init memory"
	else
		fail "$1: the code that moves it uses $used; outside of init memory: $sections"
	fi
}

check_place() {		# NAME ENTRY HOW-MUCH
	embed_table "$1" "$2" || return 0
	read_symbols "$2"
	alone "$1" "$2"
	case $3 in
	some)
		random_boots "$1" "$2" 3 2
		boots_at "$1 with nokaslr" "$2" $link_base "as linked" -a nokaslr
		;;
	all)
		random_boots "$1" "$2" 5 3
		boots_at "$1 with nokaslr" "$2" $link_base "as linked" -a nokaslr
		seeded_boots "$1" "$2"
		seedless_boot "$1" "$2"
		edges "$1" "$2"
		panics "$1"
		panics "$1 with nokaslr" -a nokaslr
		broken_table "$1" "$2"
		same_text "$1" "$2"
		series
		;;
	esac
}
