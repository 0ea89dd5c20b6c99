#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# build.sh VARIANT: builds a kernel of the table `variants` and links it by
# hand, from the same objects, at its own base and at the others of the row.
# Prints the folder of the results:
#   A.vmlinux             linked at the base the kernel chose
#   B1.vmlinux B2.vmlinux linked at the row's relink addresses
#   sorttable             the kernel's own program, which make runs after the link
#   System.map, config, link-command
# and, if the row moves itself at boot:
#   rvreloc-command       what make ran after the link as `rvreloc'
#   early.init.o          the code that does it
#   test.ko, dtc          the module of the boot test, and the kernel's own dtc
#   without.vmlinux       the kernel without our patches, for `all'
# The folder is a cache entry, named by everything that went into it. The rvreloc
# that is under test has no part in it: it must not make kernels be built anew.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

[ $# -eq 1 ] || die "usage: build.sh VARIANT"
variant=$1
variant_read "$variant"

# Words for make, per column `tools'
case $tools in
gcc)	make_tools=(CROSS_COMPILE=riscv64-linux-gnu-)
	programs=(riscv64-linux-gnu-gcc riscv64-linux-gnu-ld) lld= ;;
llvm)	make_tools=(LLVM=1)
	programs=(clang ld.lld) lld=1 ;;
llvm-*)	make_tools=("LLVM=-${tools#llvm-}")
	programs=("clang-${tools#llvm-}" "ld.lld-${tools#llvm-}") lld=1 ;;
*)	die "no tools '$tools'" ;;
esac

case $bits in
64)	class=(64BIT ARCH_RV64I) ;;
32)	class=(-64BIT -ARCH_RV64I ARCH_RV32I NONPORTABLE) ;;
esac

# What the series' own Makefile does for RELOCATABLE_TEXT, these rows need as
# well: the records, and of lld, which leaves wrong ones behind where it relaxes,
# nothing that it could relax.
case $place in
-)	make_tools+=(TEST_LDFLAGS="--emit-relocs${lld:+ --no-relax}")
	[ -z "$lld" ] || make_tools+=(KCFLAGS=-mno-relax KAFLAGS=-mno-relax) ;;
*)	class+=(RELOCATABLE_TEXT RANDOMIZE_BASE) ;;
esac

fragment() {
	local option
	cat "$here/base.config"
	# shellcheck disable=SC2086 # $config is a list of words
	for option in "${class[@]}" $config; do
		case $option in
		-*) echo "# CONFIG_${option#-} is not set" ;;
		*)  echo "CONFIG_$option=y" ;;
		esac
	done
}

[ -f "$tarball" ] || die "no kernel source: apt-get install linux-source-6.1"
for program in "${programs[@]}" make bc bison flex patch xz flock; do
	command -v "$program" > /dev/null || die "$program is not installed"
done

hash() { sha256sum | cut -c1-16; }

# What the series copies is known only to the kernels that move themselves. All
# else has its part in every object.
objects_key=$({ sha256sum < "$tarball"
	cat "$tree"/linux/*.patch "$tree"/linux/install.sh "$here/build.sh"
	echo "$bits" "${make_tools[*]}"; fragment
	for program in "${programs[@]}"; do "$program" --version; done; } | hash)
source_key=$(cat "$tree"/linux/*.patch "$tree"/linux/install.sh "$tree"/boot/*.[ch] "$here/build.sh" |
	cat - "$tarball" | hash)
key=$({ echo "$objects_key" "$relink" "$place"
	[ "$place" = - ] || cat "$tree"/boot/*.[ch] "$here"/module/*; } | hash)
entry=$cache/linux-$variant-$key
source=$work/source
objects=$work/$variant
log=$work/$variant.log

found() {
	touch "$entry"		# its age is the time since its last use
	echo "$entry"
	exit
}
[ ! -d "$entry" ] || found

# Unpacked once for all variants, aside, so that what has the final name is whole
unpack() {
	rm -rf "$source" "$work/source-new"
	mkdir "$work/source-new"
	tar -xf "$tarball" -C "$work/source-new" --strip-components=1
	"$tree/linux/install.sh" "$work/source-new"
	# shellcheck disable=SC2016 # make expands it
	sed -i 's/^LDFLAGS_vmlinux :=$/& $(TEST_LDFLAGS)/' "$work/source-new/arch/riscv/Makefile"
	grep -q '^LDFLAGS_vmlinux := .' "$work/source-new/arch/riscv/Makefile"
	echo "$source_key" > "$work/source-new/.source-key"
	mv "$work/source-new" "$source"
}

# In the place of rvreloc: notes how it is called, and leaves the file alone
recorder() {
	cat <<-'EOF'
	#!/bin/sh
	echo "$*" > rvreloc-command
	EOF
}

# Nothing of the caller's environment, such as an outer make's flags, gets in
kernel_make() {
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C make -C "$source" O="$objects" ARCH=riscv "${make_tools[@]}" \
		RVRELOC="$objects/recorder" \
		KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=rvreloc KBUILD_BUILD_HOST=rvreloc \
		-j"$(nproc)" "$@"
}

configure() {
	mkdir -p "$objects"
	fragment > "$objects/fragment"
	recorder > "$objects/recorder"
	chmod +x "$objects/recorder"
	kernel_make tinyconfig
	(cd "$objects" && "$source/scripts/kconfig/merge_config.sh" -m .config fragment)
	kernel_make olddefconfig
	local option
	while read -r option; do	# one that Kconfig dropped is a mistake in the table
		grep -qxF "$option" "$objects/.config" || die "$variant: no $option"
	done < <(grep '^CONFIG_' "$objects/fragment")
}

# V=1 makes the kernel's scripts say the commands they run, the last link too
compile() {
	rm -f "$objects/vmlinux"
	kernel_make V=1 vmlinux modules
}

compile_module() {
	cp -r "$here/module" "$objects/test-module"
	kernel_make M="$objects/test-module" modules
}

# The last link as the kernel's script ran it, at another base: `. = BASE;`
# before _start, and every AT(ADDR(...) - BASE), name it by the same expression.
link_at() {	# BASE OUT, in the folder of objects; BASE empty: the kernel's own
	local lds=arch/riscv/kernel/vmlinux.lds own
	own=$(grep -m1 -B1 '^ *_start = \.;' "$lds" | sed -n '1s/^ *\. = \(.*\);$/\1/p')
	[ -n "$own" ] || die "no base in $lds"
	OWN=$own BASE=${1:-$own} awk '{
		own = ENVIRON["OWN"]; base = ENVIRON["BASE"]
		for (line = ""; (at = index($0, own)) > 0; $0 = substr($0, at + length(own)))
			line = line substr($0, 1, at - 1) base
		print line $0
	}' "$lds" > moved.lds
	sh -c "$(sed -e "s|--script=[^ ]*|--script=moved.lds|" -e "s| -o vmlinux | -o $2 |" link-command)"
}

link_all() {
	sed -n 's/^+ \(.* -o vmlinux .*\)$/\1/p' "$log" | tail -n1 > link-command
	[ -s link-command ]
	link_at '' products/A.vmlinux
	local base n=0
	for base in $relink; do
		link_at "$base" products/B$((++n)).vmlinux
	done
	cp scripts/sorttable products/sorttable
	cp link-command products/link-command
	# The kernel's own link is the proof that the one by hand is the same
	cp products/A.vmlinux sorted
	scripts/sorttable sorted
	cmp vmlinux sorted
}

# The same kernel of the source without the series, to compare the code with. In a
# copy of the same folder make compiles only what the series has changed.
build_without_series() {
	local patch
	rm "$source/.source-key"	# in case this does not come to its end
	for patch in $(printf '%s\n' "$tree"/linux/*.patch | sort -r); do
		patch -d "$source" -p1 -R -s < "$patch"
	done
	rm -rf "$objects-without"
	cp -a . "$objects-without"
	kernel_make O="$objects-without" olddefconfig
	kernel_make O="$objects-without" vmlinux
	cp "$objects-without/vmlinux" products/without.vmlinux
	rm -rf "$objects-without"
	for patch in "$tree"/linux/*.patch; do
		patch -d "$source" -p1 -s < "$patch"
	done
	echo "$source_key" > "$source/.source-key"
}

build() {
	[ "$(cat "$source/.source-key" 2> /dev/null)" = "$source_key" ] || unpack
	# Kept objects are of use where make sees all that has changed since
	[ "$(cat "$objects/.objects-key" 2> /dev/null)" = "$objects_key" ] || rm -rf "$objects"
	configure
	compile
	echo "$objects_key" > "$objects/.objects-key"
	cd "$objects"
	rm -rf products test-module
	mkdir products
	cp .config products/config
	link_all
	if [ "$place" != - ]; then
		compile_module
		cp test-module/rvreloc_test.ko products/test.ko
		cp scripts/dtc/dtc System.map rvreloc-command arch/riscv/kernel/rvreloc/early.init.o products
	fi
	[ "$place" != all ] || build_without_series
	# The cache may be another file system: copied aside, then renamed
	mkdir -p "$cache"
	cp -r products "$entry.$$"
	mv -T "$entry.$$" "$entry"
}

mkdir -p "$work"
exec 9> "$work/lock"
flock 9		# one build at a time: each uses the whole machine
[ ! -d "$entry" ] || found
echo "building linux $variant (log: $log)" >&2
set +e		# in a condition, build itself would run without -e
(set -e; build) < /dev/null > "$log" 2>&1
status=$?
set -e
if [ $status -ne 0 ]; then
	rm -rf "$entry.$$"
	tail -n 30 "$log" >&2
	die "$variant did not build; the whole log: $log"
fi
find "$cache" -maxdepth 1 -name 'linux-*' -mtime +30 -exec rm -rf {} +
found
