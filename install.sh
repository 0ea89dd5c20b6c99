#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install.sh install|uninstall: what make does under those names, with DESTDIR,
# PREFIX and INSTALLED (lines: MODE FOLDER FILE...) from GNUmakefile. A list of
# the files and folders made is kept, so that nothing else is ever removed.
set -eu

case $PREFIX in
/*) ;;
*)
	echo "PREFIX=$PREFIX is no absolute path" >&2
	exit 2
	;;
esac
list=$PREFIX/share/rvreloc/installed
new=$(mktemp)
trap 'rm -f "$new"' EXIT

folder() { # PATH
	[ ! -d "$DESTDIR$1" ] || return 0
	folder "$(dirname "$1")"
	mkdir -m 755 "$DESTDIR$1"
	echo "$1" >>"$new"
}

put() { # MODE FILE PATH
	folder "$(dirname "$3")"
	install -m "$1" "$2" "$DESTDIR$3"
	echo "$3" >>"$new"
}

case $1 in
install)
	mkdir -p "$DESTDIR/"
	printf '%s\n' "$INSTALLED" | while read -r mode where files; do
		for file in $files; do
			put "$mode" "$file" "$PREFIX/$where/${file##*/}"
		done
	done
	echo "$list" >>"$new"
	[ ! -e "$DESTDIR$list" ] || cat "$DESTDIR$list" >>"$new"
	sort -u -o "$new" "$new"
	put 644 "$new" "$list"
	;;
uninstall)
	if [ ! -e "$DESTDIR$list" ]; then
		echo "$DESTDIR$list is not there: nothing to remove" >&2
		exit 0
	fi
	# What is in a folder comes after it.
	sort -r "$DESTDIR$list" >"$new"
	while read -r path; do
		if [ -d "$DESTDIR$path" ]; then
			rmdir "$DESTDIR$path" 2>/dev/null || true
		else
			rm -f "$DESTDIR$path"
		fi
	done <"$new"
	;;
esac
