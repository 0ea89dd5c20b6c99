# SPDX-License-Identifier: GPL-2.0-or-later
# page.awk COMMAND=NAME VERSION=N OPTIONS PAGE.in: a man page in mdoc. OPTIONS is what
# `rvreloc help --options` says (cmd/options.h); lines of PAGE.in that are
#
#	@SYNOPSIS@ @OPTIONS@ @EXIT@	are filled in for the command;
#	@COMMON@	with the options of every command;
#	@COMMANDS@	with the list of commands;
#	@NAME.md@	with the text of the file doc/NAME.md.
#
# A page of no command has COMMAND= . @VERSION@ may be anywhere: VERSION=NUMBER.

BEGIN { FS = "\t" }

# --- Text as mdoc has it. ---

function escaped(s) {
	gsub(/\\/, "\\e", s)
	return s
}

# Dashes of options stay dashes, and code stands out.
function text(s) {
	s = escaped(s)
	gsub(/`[^`]*`/, "\\fB&\\fR", s)
	gsub(/\*\*[^*]*\*\*/, "\\fB&\\fR", s)
	gsub(/`|\*\*/, "", s)
	gsub(/\*[a-z]+\*/, "\\fI&\\fR", s)
	gsub(/\\fI\*/, "\\fI", s)
	gsub(/\*\\fR/, "\\fR", s)
	gsub(/\. /, ".\n", s)
	s = dashes(s)
	if (s ~ /^[.']/)
		s = "\\&" s
	return s
}

function dashes(s,    out) {
	while (match(s, /(^|[^A-Za-z0-9-])-+[A-Za-z0-9][A-Za-z0-9-]*/)) {
		out = out substr(s, 1, RSTART - 1) \
			replaced(substr(s, RSTART, RLENGTH))
		s = substr(s, RSTART + RLENGTH)
	}
	return out s
}

function replaced(s) {
	gsub(/-/, "\\-", s)
	return s
}

# "the new address" -> "The new address."
function sentence(s) {
	s = toupper(substr(s, 1, 1)) substr(s, 2)
	return text(s) (s ~ /[.:;]$/ ? "" : ".")
}

# --- What the tables say. ---

function argument(arg, words) {
	if (arg ~ /^\[.*\]$/)
		return " Ns Oo = Ns " argument_of(substr(arg, 2, length(arg) - 2), words) " Oc"
	return arg == "" ? "" : " Ns = Ns " argument_of(arg, words)
}

function argument_of(arg, words) {
	if (arg != words)
		return "Ar " escaped(arg)
	gsub(/\|/, " Ns | Ns Cm ", words)
	return "Cm " words
}

# Lines "WORD: text" are a list.
function option(o,    n, line, i, word, in_list, body) {
	printf ".It %sFl \\-%s%s\n", short[o] == "" ? "" : "Fl " short[o] " , ", \
		replaced(long[o]), argument(arg[o], bare(arg[o], words[o]))
	n = split(about[o], line, /\\n/)
	for (i = 1; i <= n; i++) {
		word = line[i]
		sub(/:.*/, "", word)
		if (line[i] ~ /^[a-z0-9-]+: / && index("|" words[o] "|", "|" word "|")) {
			flush(body)
			if (!in_list++)
				print ".Bl -tag -width offsets -compact"
			print ".It Cm " word
			body = line[i]
			sub(/^[^:]*: */, "", body)
		} else {
			body = body (body == "" ? "" : " ") line[i]
		}
	}
	flush(body)
	if (in_list)
		print ".El"
}

function flush(body) {
	if (body != "")
		print sentence(body)
}

# WORDS of WINDOW are names that may stand for it, not what stands in help.
function bare(a, w) {
	return a == w || a == "[" w "]" ? w : ""
}

function options(of,    o) {
	print ".Bl -tag -width Ds"
	for (o = 1; o <= n_options; o++)
		if (command_of[o] == of)
			option(o)
	print ".El"
}

# Capitals stand for something, all else is as it is.
function usage(s) {
	s = escaped(s)
	gsub(/[A-Z][A-Z]+/, "\\fI&\\fR", s)
	return dashes(s)
}

function synopsis(    n, way, i) {
	n = split(usage_of[COMMAND], way, /\\n/)
	for (i = 1; i <= n; i++) {
		print ".Nm rvreloc"
		print ".Cm " COMMAND
		print usage(way[i])
	}
}

# Lines that are set in stay as they are.
function more(    n, line, i, open) {
	n = split(more_of[COMMAND], line, /\\n/)
	for (i = 1; i <= n; i++) {
		if (i == 1 && line[i] !~ /^  /)
			print ".Pp"
		if ((line[i] ~ /^  /) != open) {
			print open ? ".Ed\n.Pp" : ".Bd -literal -offset 2n"
			open = !open
		}
		print open ? "\\&" escaped(substr(line[i], 3)) : text(line[i])
	}
	if (open)
		print ".Ed"
}

function exits(    s) {
	s = found_of[COMMAND]
	gsub(/\\n/, " ", s)
	print ".Bl -tag -width Ds"
	print ".It 0\n" (s == "" ? "Done." : "Done, and everything holds.")
	if (s != "")
		print ".It 1\n" sentence(s)
	print ".It 2\nTrouble: usage, input or output."
	print "No output file was made or changed."
	print ".El"
}

function list_commands(    i) {
	print ".Bl -tag -width retargetxx"
	for (i = 1; i <= n_commands; i++)
		printf ".It Xr rvreloc-%s 1\n%s\n", name[i], sentence(summary[i])
	print ".El"
}

# --- Markdown, as far as doc/ uses it. ---

function begin_table(row,    n, i) {
	print ".TS"
	n = split(row, cells, /\|/)
	for (i = 2; i < n; i++)
		printf "l%s", i < n - 1 ? " " : "x.\n"
}

# What is open is closed, and the new block opened, unless it is the same.
function enter(kind, first) {
	if (kind == block)
		return
	if (block == "code")
		print ".Ed"
	else if (block == "table")
		print ".TE"
	else if (block == "list")
		print ".El"
	if ((kind == "text" || kind == "list" || kind == "table") && block != "head")
		print ".Pp"
	if (kind == "code")
		print ".Bd -literal -offset indent"
	else if (kind == "table")
		begin_table(first)
	else if (kind == "list")
		print ".Bl -enum -compact"
	if (kind != "" || block != "head")
		block = kind
}

function table_row(s,    n, i, cell) {
	n = split(s, cells, /\|/)
	for (i = 2; i < n; i++) {
		cell = cells[i]
		gsub(/^ +| +$/, "", cell)
		printf "%s", i < n - 1 ? text(cell) "\t" : "T{\n" text(cell) "\nT}\n"
	}
}

function markdown(file,    s) {
	block = "head"
	while ((getline s < file) > 0) {
		if (s ~ /^<!--|^# |^\|[-: |]+\|$/)
			continue
		if (s ~ /^    /) {
			enter("code")
			print "\\&" escaped(substr(s, 5))
		} else if (s ~ /^\|/) {
			enter("table", s)
			table_row(s)
		} else if (s ~ /^[0-9]+\. /) {
			enter("list")
			sub(/^[0-9]+\. */, "", s)
			print ".It\n" text(s)
		} else if (s ~ /^## /) {
			enter("head")
			print ".Ss \\&" substr(s, 4)
		} else if (s == "") {
			enter("")
		} else {
			enter("text")
			print text(s)
		}
	}
	enter("")
	close(file)
}

# --- Reading. ---

NR == FNR && $2 == "" && $3 == "" {
	name[++n_commands] = $1
	usage_of[$1] = $4
	found_of[$1] = $5
	summary[n_commands] = $6
	more_of[$1] = $7
	next
}
NR == FNR {
	command_of[++n_options] = $1
	short[n_options] = $2
	long[n_options] = $3
	arg[n_options] = $4
	words[n_options] = $5
	about[n_options] = $6
	next
}

/^@SYNOPSIS@$/	{ synopsis(); next }
/^@OPTIONS@$/	{ options(COMMAND); more(); next }
/^@COMMON@$/	{ options(""); next }
/^@COMMANDS@$/	{ list_commands(); next }
/^@EXIT@$/	{ exits(); next }
/^@.*\.md@$/	{ markdown("doc/" substr($0, 2, length($0) - 2)); next }
		{ gsub(/@VERSION@/, VERSION); print }
