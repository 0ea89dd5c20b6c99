# SPDX-License-Identifier: GPL-2.0-or-later
# Reads `rvreloc help --options` (cmd/options.h) for the other files here: the
# options of a command are its own and those of every command.

BEGIN { FS = "\t" }

NF == 7 && $2 == "" && $3 == "" {
	command[++commands] = $1
	summary[$1] = $6
	next
}
NF == 6 {
	of[++n] = $1
	short[n] = $2
	long[n] = $3
	arg[n] = $4
	words[n] = $5
	about[n] = $6
	about[n] = brief(about[n])
	next
}

# What fits a line of a menu: up to a list, a semicolon or the end of a sentence,
# and without what is in brackets.
function brief(s) {
	gsub(/ \([^)]*\)/, "", s)
	sub(/:\\n.*/, "", s)
	gsub(/\\n/, " ", s)
	sub(/[;.] .*/, "", s)
	return s
}

function all_commands(    i, s) {
	for (i = 1; i <= commands; i++)
		s = s " " command[i]
	return substr(s, 2)
}

function is_of(o, c) {
	return of[o] == c || of[o] == ""
}

function is_optional(o) {
	return arg[o] ~ /^\[.*\]$/
}

# What the argument is called, without brackets around it.
function called(o) {
	return is_optional(o) ? substr(arg[o], 2, length(arg[o]) - 2) : arg[o]
}

function is_folder(o) {
	return called(o) == "DIR"
}

# All other arguments in capitals are numbers, names and patterns.
function is_file(o) {
	return called(o) ~ /^(FILE|OUT|RELINKED|TEXT)$/
}

function spaced(s) {
	gsub(/\|/, " ", s)
	return s
}
