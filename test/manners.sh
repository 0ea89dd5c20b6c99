#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What every command has in common: help, errors, colours, progress, pipes, man
# pages, completion, installing. MANNERS.SH [GLOB]: only the tests whose names
# match. Last line: N passed, N failed.
set -euo pipefail
cd "$(dirname "$0")/.."
. test/lib.sh

top=$PWD
rv=${RVRELOC:-$top/build/rvreloc}
work=$top/build/manners
rm -rf "$work"
mkdir -p "$work/man" "$work/completions"
k64=$(testdata/kernel/build.sh medany)
other=$(testdata/kernel/build.sh medlow)
"$rv" help --options >"$work/options"
doc/man/build.sh "$work/options" "$work/man"
completions/build.sh "$work/options" "$work/completions"
cp "$k64" "$work/k64"
cp "$other" "$work/other"
cd "$work"
export TERM=xterm
unset NO_COLOR
commands=$(awk -F '\t' '$2 == "" && $3 == "" { print $1 }' options)

# How the command is called on the small kernel, without changing it.
call() { # COMMAND
	case $1 in
	retarget) echo "retarget --slot=3 -o - k64" ;;
	table) echo "table -o - k64" ;;
	diff) echo "diff k64 other" ;;
	*) echo "$1 k64" ;;
	esac
}
terminal() { # COMMAND...: what it says on a terminal, with its status
	script -qec "$(printf '%q ' "$@")" /dev/null </dev/null
}
status_of() { # COMMAND...: prints it
	local status=0
	"$@" || status=$?
	echo "status $status"
}

# --- Help. ---
narrow() { # COMMAND: no line over 80 columns, no tab, no blank at the end
	"$rv" "$1" --help >help && [ -s help ] && ! grep -n '.\{81\}' help && ! grep -nP '\t| $' help
}
parts() { # COMMAND
	"$rv" "$1" --help >help
	grep -q "^Usage: rvreloc $1 " help && grep -q '^Options:$' help &&
		grep -q '^Options of every command:$' help && grep -q '^Example:$' help &&
		grep -q "^  rvreloc $1 " help && grep -q '^Exit status: 0 ' help && grep -q '2 trouble' help
}
rows() { # COMMAND: each option of the table is in the help, with its argument
	local short long arg shown
	"$rv" "$1" --help >help
	awk -F '\t' -v OFS='|' -v c="$1" '($1 == c || $1 == "") && $3 != "" { print $2, $3, $4 }' options >rows
	[ -s rows ]
	while IFS='|' read -r short long arg; do
		shown="--$long"
		[ -z "$short" ] || shown="-$short, $shown"
		case $arg in
		'') ;;
		\[*\]) shown="${shown}[=${arg#\[}" ;;
		*) shown="${shown}=$arg" ;;
		esac
		grep -qF -- "  $shown" help || { echo "$shown"; return 1; }
	done <rows
}
in_list() { "$rv" --help >help && ! grep -n '.\{81\}' help && grep -q "^  $1  *[a-z]" help; } # COMMAND
same_anywhere() { # COMMAND: the help does not depend on terminal or locale
	local want got
	want=$("$rv" "$1" --help | md5sum)
	got=$(env -i LC_ALL=C "$rv" "$1" --help | md5sum)
	[ "$want" = "$got" ]
	got=$(COLUMNS=40 terminal sh -c "stty cols 40; exec $rv $1 --help" | tr -d '\r' | md5sum)
	[ "$want" = "$got" ]
}
for c in $commands; do
	check "help-80-columns-$c"	narrow "$c"
	check "help-parts-$c"		parts "$c"
	check "help-rows-$c"		rows "$c"
	check "help-lists-$c"		in_list "$c"
	check "help-same-anywhere-$c"	same_anywhere "$c"
done

says_version() { [ -s version ] && "$rv" "$@" | cmp - version; }
"$rv" --version >version
for c in $commands; do
	check "version-$c"	says_version "$c" --version
	check "version-short-$c" says_version "$c" -V
done

# --- Mistakes. ---
slip() { # TEXT ARGUMENT...: status 2, one line that has the text, nothing else
	local text=$1
	shift
	[ "$(status_of "$rv" "$@" 2>err)" = "status 2" ] && cat err && [ "$(wc -l <err)" = 1 ] &&
		grep -qF -- "$text" err
}
one_less() { # COMMAND OPTION: without its third letter it is still known
	slip "is it --$2?" "$1" "--${2:0:2}${2:3}=x" k64
}
check slip-command		slip "is it 'retarget'?" retagret k64
check slip-command-begun	slip "is it 'inspect'?" insp k64
check slip-option-first		slip "--json: options come after a command" --json k64
check slip-file-first		slip "unknown command 'k64' (" k64
check slip-option-of-another	slip "--slot: it is one of 'retarget'" inspect --slot=3 k64
check slip-option-empty		slip "unknown option -- (" inspect --=3 k64
check slip-option-long		slip "unknown option --aaaaaaaaaa" inspect "--$(printf 'a%.0s' {1..500})" k64
check slip-word			slip "derive, keep" retarget --build-id=kepp k64
check slip-color		slip "auto, always, never" inspect --color=sometimes k64
check slip-jobs			slip "'0' is not a count" inspect -j0 k64
check slip-help			slip "is it 'table'?" help tabel
awk -F '\t' 'length($3) > 6 { print ($1 == "" ? "inspect" : $1), $3 }' options >long
while read -r c option; do
	check "slip-$c-$option"	one_less "$c" "$option"
done <long

# --- Readers that go away, and writers that cannot. ---
# The first write finds no reader: nothing is said, and SIGPIPE ends it, which
# is not a status of its own. $1: what whoever started it does with SIGPIPE
gone() { # PIPE-TRAP ARGUMENT...
	mkfifo fifo
	(
		trap "$1" PIPE
		exec 3<>fifo 4>fifo 3<&-
		"$rv" "${@:2}" >&4 2>err
		echo $? >status
	)
	rm fifo
	cat err status
	[ ! -s err ] && [ "$(cat status)" = 141 ]
}
head_of() { [ "$("$rv" "$@" 2>err | head -n 1 | wc -l)" = 1 ] && [ ! -s err ]; }
full() { # a full disk is said, and is trouble
	local status=0
	"$rv" "$@" >/dev/full 2>err || status=$?
	cat err
	[ "$status" = 2 ] && grep -q 'No space left' err
}
closed() {
	local status=0
	"$rv" "$@" >&- 2>err || status=$?
	cat err
	[ "$status" = 2 ] && grep -q 'cannot write' err
}
for c in $commands; do
	read -ra words <<<"$(call "$c")"
	check "pipe-gone-$c"		gone - "${words[@]}"
	check "pipe-gone-ignored-$c"	gone '' "${words[@]}"
	check "full-$c"			full "${words[@]}"
	check "closed-$c"		closed "${words[@]}"
	check "help-gone-$c"		gone '' "$c" --help
	check "help-full-$c"		full "$c" --help
done
check head-help		head_of --help
check head-inspect	head_of inspect k64
check full-version	full --version
check closed-version	closed --version

# --- Colours. ---
esc=$(printf '\033')
cp k64 stale
dd if=/dev/zero of=stale bs=1 seek=$((0x1200)) count=64 conv=notrunc status=none
errors() { "$rv" retarget "$@" --slot=3 -o out stale 2>&1 >/dev/null || true; }
notes() { "$rv" retarget "$@" --slot=3 -v -o out k64 2>&1 >/dev/null; }
coloured() { grep -q "$esc\[[0-9]*m" "$1"; }
plain() { [ -s "$1" ] && ! grep -q "$esc" "$1"; }
same_text() { # colours add nothing but colours
	errors --color=always >a && errors >b && sed "s/$esc\[[0-9]*m//g" a | cmp - b && coloured a && plain b
}
on_terminal() { # [VARIABLE=VALUE...]
	terminal env "$@" "$rv" retarget --slot=3 -o out stale >log2 || true
	cat -A log2
}
check color-always		same_text
check color-note		eval 'notes --color=always >a; grep -q "^$esc\[36mk64:.* note:$esc\[0m" a'
check color-error		eval 'errors --color=always >a; grep -q "^$esc\[31mstale:.*:$esc\[0m R_RISCV" a'
check color-terminal		eval 'on_terminal TERM=xterm; coloured log2'
check color-no-color		eval 'on_terminal NO_COLOR=1; plain log2'
check color-no-color-empty	eval 'on_terminal NO_COLOR=; coloured log2'
check color-dumb		eval 'on_terminal TERM=dumb; plain log2'
check color-no-term		eval 'on_terminal -u TERM; plain log2'
check color-never		eval 'terminal "$rv" retarget --color=never --slot=3 -o out stale >log2; plain log2'

# --- Progress. ---
shown() { tr '\r' '\n' <"$1" | grep -q '^rvreloc: [a-z]*\( \.\.\.\|  \[\)'; }
bar() { "$rv" retarget --progress=always "$@" --slot=3 -o out k64 2>err && shown err; }
erased() { # the last thing drawn is blanks, and the cursor is at the start
	bar && tail -c 1 err | grep -q "$(printf '\r')" &&
		[ -z "$(tr '\r' '\n' <err | tail -n 1 | tr -d ' ')" ]
}
before_messages() { # nothing of it is left on the line that a message begins
	errors --progress=always >err
	shown err && tr '\r' '\n' <err | grep -q '^stale:' && tr '\r' '\n' <err | grep 'rvreloc: ' | grep -v stale:
}
quick() { # on a terminal, less than a second: nothing
	terminal "$rv" retarget --slot=3 -o out k64 >log2 && cat -A log2 && [ ! -s log2 ]
}
columns() { # N: no drawn line is as wide as the terminal
	terminal sh -c "stty cols $1; exec $rv retarget --progress=always --slot=3 -o out k64" >log2
	tr '\r' '\n' <log2 | grep -c . && ! tr '\r' '\n' <log2 | grep ".\{$1\}"
}
# The first byte of the output takes a while.
cat >slow.c <<'C'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	static ssize_t (*next)(int, const void *, size_t, off_t);

	if (!next) {
		next = dlsym(RTLD_NEXT, "pwrite");
		usleep(1300000);
	}
	return next(fd, p, n, at);
}
C
gcc -shared -fPIC -O2 -o slow.so slow.c -ldl
slowly() { # ENVIRONMENT... -- OPTION...: what is on the terminal
	local with=()
	while [ "$1" != -- ]; do
		with+=("$1")
		shift
	done
	terminal env "${with[@]}" ASAN_OPTIONS=verify_asan_link_order=0 LD_PRELOAD="$PWD/slow.so" \
		"$rv" retarget "${@:2}" --slot=3 -o out k64 >log2
	cat -A log2
}
slow_bar() { slowly -- && shown log2; }
slow_none() { slowly "$@" && [ ! -s log2 ]; }
of_command() { # it shows something, before and not among what it prints
	"$rv" "$@" --progress=always 2>&1 >a | cat >err
	shown err || return 1
	"$rv" "$@" >b || true
	cmp a b || return 1
	terminal "$rv" "$@" --progress=always >log2 || true
	! tr '\r' '\n' <log2 | grep '^rvreloc: [a-z]*\( \.\.\.\|  \[.*\] *[0-9]*%\) *[^ ]'
}
same_result() { bar && cp out a && "$rv" retarget --progress=never --slot=3 -o out k64 && cmp out a; }
check progress-always		bar
check progress-erased		erased
check progress-before-messages	before_messages
check progress-never		eval '"$rv" retarget --progress=never --slot=3 -o out k64 2>err && [ ! -s err ]'
check progress-no-terminal	eval '"$rv" retarget --slot=3 -o out k64 2>err && [ ! -s err ]'
check progress-quick		quick
check progress-slow		slow_bar
for c in $commands; do
	read -ra words <<<"$(call "$c")"
	check "progress-of-$c"	of_command "${words[@]}"
done
check progress-slow-dumb	slow_none TERM=dumb --
check progress-slow-no-term	slow_none -u TERM --
check progress-slow-quiet	slow_none -- -q
check progress-slow-never	slow_none -- --progress=never
check progress-40-columns	columns 40
check progress-10-columns	columns 10
check progress-same-result	same_result

# --- Man pages. ---
lint() { mandoc -T lint -W warning "$1"; }
groff_clean() { [ -z "$(man --warnings -E UTF-8 -l "$1" 2>&1 >/dev/null)" ]; }
shown_page() { mandoc -T ascii -O width=200 "$1" | col -bx; }
no_holes() { ! grep -n '^@.*@$' "$1" && ! grep -n '^\.[A-Z][a-z] *$' "$1" | grep -v '\.\(It\|Pp\|Ed\|El\|Nm\|Oc\|Oo\|TS\|TE\)'; }
page_options() { # COMMAND PAGE: each option and each of its words
	shown_page "$2" >page
	awk -F '\t' -v c="$1" '$1 == c && $3 != "" { print "--" $3; if ($4 == $5) print $5 }' options >need
	while read -r one; do
		grep -qF -- "$one" page || { echo "$one"; return 1; }
	done <need
	[ "$(grep -c '^ *\(-[a-zA-Z], \)\?--[a-z-]*\([=[ ].*\)\?$' page)" -ge "$(grep -c '^--' need)" ]
}
page_parts() { # PAGE
	shown_page "$1" >page
	for part in NAME SYNOPSIS DESCRIPTION OPTIONS "EXIT STATUS" EXAMPLES "SEE ALSO"; do
		grep -qx "$part" page || { echo "$part"; return 1; }
	done
}
examples() { # PAGE COMMAND: what the page shows is understood: only the files are not there
	local line n=0
	shown_page "$1" | sed -n '/^EXAMPLES/,/^SEE ALSO/p' | sed -z 's/ *\\\n */ /g' |
		grep -o "^ *[^|]*rvreloc $2 [^|]*" | sed 's/.*rvreloc /rvreloc /; s/ -\( \|$\)/ nothing\1/g' >lines || true
	[ -s lines ] || return 1
	mkdir -p empty
	while read -r line; do
		n=$((n + 1))
		(cd empty && eval "$rv ${line#rvreloc }" </dev/null >said 2>&1) || true
		cat empty/said
		! grep -- '--help)' empty/said || return 1
	done <lines
	[ "$n" -gt 0 ]
}
listed() { shown_page man/rvreloc.1 >page && grep -q "rvreloc-$1(1)" page; }
format_agrees() { # the offsets of the header's members, as the page has them
	shown_page man/relocfmt.5 >page
	{
		echo '#include <stdio.h>'
		echo '#include "boot/relocfmt.h"'
		echo 'int main(void) {'
		for member in magic check base guard size image reach_lo reach_hi align; do
			echo "printf(\"%zu %zu $member\\n\", offsetof(struct rvreloc_header, $member),"
			echo "sizeof(((struct rvreloc_header *)0)->$member));"
		done
		echo '}'
	} >offsets.c
	gcc -I"$top" -o offsets offsets.c && ./offsets | sed 's/^0 8 magic/0 2 magic/' >want
	awk '$1 ~ /^[0-9]+$/ && $2 ~ /^[0-9]+$/ && $3 ~ /^(magic|check|base|guard|size|image|reach_.*|align)$/ { print $1, $2, $3 }' page |
		diff want -
}
for page in man/*; do
	name=${page##*/}
	check "man-lint-$name"	lint "$page"
	check "man-groff-$name"	groff_clean "$page"
	check "man-whole-$name"	no_holes "$page"
done
for c in $commands; do
	check "man-options-$c"	page_options "$c" "man/rvreloc-$c.1"
	check "man-parts-$c"	page_parts "man/rvreloc-$c.1"
	check "man-examples-$c"	examples "man/rvreloc-$c.1" "$c"
	check "man-listed-$c"	listed "$c"
done
check man-version		eval 'grep -qx ".Os rvreloc $(sed -n "1s/rvreloc //p" version)" man/relocfmt.5'
check man-options-common	page_options "" man/rvreloc.1
check man-format		format_agrees

# --- Completion. ---
bash_completes() { # WANT WORD...: what is offered for the last word, on one line
	bash -c '
		compopt() { :; }
		. completions/rvreloc
		want=$1
		COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2))
		_rvreloc
		echo "got  ${COMPREPLY[*]}"
		echo "want $want"
		[ "${COMPREPLY[*]}" = "$want" ]' - "$@"
}
bash_offers() { # COMMAND: all options of the table
	bash_completes "$(awk -F '\t' -v c="$1" '($1 == c || $1 == "") && $3 != "" {
		printf "%s--%s%s%s", sep, $3, $4 == "" || $4 ~ /^\[.*\]$/ ? "" : "=", $2 == "" ? "" : " -" $2
		sep = " " }' options)" rvreloc "$1" -
}
fish_completes() { # WANT LINE
	HOME=$PWD fish -N -c 'source completions/rvreloc.fish; complete -C $argv[1]' "$2" >said
	cat said
	[ "$(cut -f 1 said | tr '\n' ' ')" = "$1 " ]
}
fish_offers() { # COMMAND: as many as the table has
	HOME=$PWD fish -N -c 'source completions/rvreloc.fish; complete -C $argv[1]' "rvreloc $1 --" |
		cut -f 1 | sed 's/=$//' | sort -u >said
	awk -F '\t' -v c="$1" '($1 == c || $1 == "") && $3 != "" { print "--" $3 }' options | sort -u | diff - said
}
zsh_completes() { # [WANT LINE]...: on a terminal, as a person sees it
	cat >try.zsh <<'Z'
zmodload zsh/zpty
zpty shell "PS1='> ' TERM=dumb zsh -f -i"
zpty -w shell "fpath=($PWD/completions \$fpath); autoload -U compinit; compinit -u -C -d $PWD/zcompdump; LISTMAX=1000; setopt no_beep auto_list; stty cols 200; echo rea''dy"
zpty -r -m shell text '*ready*'
for want line in "$@"; do
	zpty -w -n shell $'\x15'$line$'\t\t'
	all= found=
	for i in {1..100}; do
		zpty -r -t shell more && all+=$more
		[[ $all == *$line*${~want}* ]] && found=1 && break
		sleep 0.05
	done
	[[ -n $found ]] || { print -r -- "$line: $all"; exit 1 }
done
Z
	zsh -f try.zsh "$@"
}
all=$(tr '\n' ' ' <<<"$commands")
check bash-commands		bash_completes "${all}help --help --version" rvreloc ""
check bash-command		bash_completes retarget rvreloc ret
check bash-words		bash_completes "sv32 sv39" rvreloc retarget --mode = sv3
check bash-words-after-equals	bash_completes "derive keep" rvreloc retarget --build-id =
check bash-words-one-word	bash_completes "derive keep" rvreloc retarget --build-id=
check bash-words-apart		bash_completes "refuse" rvreloc retarget --debug r
check bash-windows		bash_completes "linear linear-sv39 linear-sv48 linear-sv57" rvreloc retarget --window = li
check bash-files		bash_completes "k64" rvreloc inspect k6
check bash-files-of-option	bash_completes "k64" rvreloc retarget -o k6
check bash-no-files-for-numbers	bash_completes "" rvreloc retarget --slot k6
check bash-help			bash_completes table rvreloc help ta
check fish-commands		eval '[ "$(HOME=$PWD fish -N -c "source completions/rvreloc.fish; complete -C \"rvreloc \"" | cut -f 1 | sort | tr "\n" " ")" = "$(printf "%s\n" help $commands | sort | tr "\n" " ")" ]'
check fish-words		fish_completes "--build-id=derive --build-id=keep" "rvreloc retarget --build-id="
check fish-files		fish_completes "k64" "rvreloc inspect k6"
check zsh-command		zsh_completes "arget " "rvreloc ret"
check zsh-options		zsh_completes "ip-relocs" "rvreloc retarget --str"
check zsh-words			zsh_completes "derive*keep" "rvreloc retarget --build-id="
check zsh-once-more		zsh_completes "er=" "rvreloc inspect --filter=type=a --filt"
check bash-match		bash_completes "k64" rvreloc retarget --match = k6
check fish-says			eval 'HOME=$PWD fish -N -c "source completions/rvreloc.fish; complete -C \"rvreloc table --forma\"" | grep -P "^--format=?\twhat it is for$"'
zsh_all=()
for c in $commands; do
	zsh_all+=("rrors" "rvreloc $c --max-e")
done
check zsh-every-command		zsh_completes "${zsh_all[@]}"
for c in $commands; do
	check "bash-options-$c"	bash_offers "$c"
	check "fish-options-$c"	fish_offers "$c"
done

# --- Installing. ---
tree() { (cd dest && find . -printf '%y %m %p %l\n' | sort); }
install_to() { make -s -C "$top" "$1" DESTDIR="$PWD/dest" PREFIX=/usr; }
# A fresh one, unless there is one already.
install_all() {
	[ ! -e dest/usr/bin/rvreloc ] || return 0
	rm -rf dest && mkdir -p dest/usr/share/man dest/usr/share/zsh && echo mine >dest/usr/share/man/mine &&
		tree >before && install_to install
}
there() { [ -s "dest/usr/$1" ] || { echo "$1"; return 1; }; }
installed() {
	local c f
	install_all && "dest/usr/bin/rvreloc" --version && there share/man/man1/rvreloc.1 && there share/man/man5/relocfmt.5 &&
		there share/bash-completion/completions/rvreloc && there share/zsh/site-functions/_rvreloc &&
		there share/fish/vendor_completions.d/rvreloc.fish && there share/doc/rvreloc/README.md || return 1
	for c in $("dest/usr/bin/rvreloc" help --options | awk -F '\t' '$3 == "" { print $1 }'); do
		there "share/man/man1/rvreloc-$c.1" || return 1
		MANPATH=$PWD/dest/usr/share/man man -w "rvreloc-$c" || return 1
	done
	for f in boot/{relocfmt.h,rvreloc.h,apply.c,slot.c,boot.mk,COPYING.MIT} linux/{install.sh,README.md}; do
		cmp "$top/$f" "dest/usr/share/rvreloc/$f" || return 1
	done
	[ "$(find dest/usr/share/rvreloc/linux -name '0*.patch' | wc -l)" = "$(find "$top/linux" -name '0*.patch' | wc -l)" ]
}
uninstalls() { install_all && install_to install && install_to uninstall && tree | diff before -; }
keeps_others() { # what came into its folders from elsewhere
	install_all && echo mine >dest/usr/share/rvreloc/mine && install_to uninstall &&
		[ "$(find dest -type f | sort | tr '\n' ' ')" = "dest/usr/share/man/mine dest/usr/share/rvreloc/mine " ]
}
uninstall_nothing() { rm -rf dest && mkdir dest && install_to uninstall && [ -z "$(ls dest)" ]; }
boot_from_there() {
	install_all && make -s -f dest/usr/share/rvreloc/boot/boot.mk RVRELOC_CC=riscv64-linux-gnu-gcc RVRELOC_OBJ=bootobj rvreloc-boot &&
		riscv64-linux-gnu-nm bootobj/rvreloc-apply.o | grep -q ' T rvreloc_apply'
}
readable() { # for everyone, whatever umask the one has who installs
	rm -rf dest && (umask 077 && install_to install) &&
		[ -z "$(find dest/usr ! -perm -a=r -o -type d ! -perm -a=rx)" ]
}
relative_prefix() {
	rm -rf dest && ! make -s -C "$top" install DESTDIR="$PWD/dest" PREFIX=usr 2>err &&
		grep 'PREFIX=usr is no absolute path' err && [ -z "$(ls -d dest* err.* usr 2>/dev/null)" ]
}
check install-readable		readable
check install-relative-prefix	relative_prefix
rm -rf dest
check install			installed
check install-boot-builds	boot_from_there
check uninstall			uninstalls
check uninstall-keeps-others	keeps_others
check uninstall-nothing		uninstall_nothing

finish
