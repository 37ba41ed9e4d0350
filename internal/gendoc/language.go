// SPDX-License-Identifier: Apache-2.0

package main

// section is a part of the text about the language, for all pages. What stands between
// backticks is literal.
type section struct {
	title      string
	paragraphs []string
}

var language = []section{
	{"Lines", []string{
		"A file is read line by line. `#` and `!` begin a comment, anywhere outside of double quotes; `\\#` and `\\!` are the characters themselves. " +
			"Blanks separate words; no-break spaces and other blanks of web pages count as blanks. Lines have no length limit (keepalived: 1023 characters).",
		"Double quotes hold a word with blanks together. They end on the line on which they begin. Commands (`script`, `notify...`, `misc_path` and the like) have " +
			"their own rules: single quotes work too, quotes may stand inside of a word, and the command with all its arguments stands in one pair of quotes, " +
			"because the words behind it are a user and a group.",
	}},
	{"Blocks", []string{
		"`{` opens a block, `}` closes it. They may stand anywhere: each counts as a line of its own. A block may be given more than once and is merged, " +
			"except where it has a name of its own, such as `vrrp_instance`.",
		"An unknown keyword is reported and ignored, with the whole block behind it.",
	}},
	{"Includes", []string{
		"`include PATTERN` reads files in place, in the order of their names. PATTERN is the rest of the line, may have the wildcards of the shell and " +
			"`{a,b}`, and is relative to the directory of the including file. Executable files and directories are passed over.",
		"`include` never complains. `includer` wants each match to be readable, `includem` wants a match for a plain name, `includew` for a pattern too, `includeb` for each " +
			"alternative in braces, `includea` all of that. `include_check` in `global_defs` sets what plain includes want. A loop is an error.",
	}},
	{"Definitions", []string{
		"`$NAME=VALUE` defines a parameter, at the start of a line. It is used as `$NAME` before a blank, comma, closing parenthesis or the end of the line, or as `${NAME}` anywhere. " +
			"Parameters are replaced where they are used, so that a later definition of an inner one counts. In quotes an unknown parameter stays as it is; outside of them `${NAME}` is an error.",
		"A definition whose line ends in a backslash goes on in the next line; used as the last thing on a line it stands for all of its lines.",
		"Built in are `${_PWD}`, the directory of the file, `${_INSTANCE}`, the configuration id, `${_ENV NAME}`, an environment variable, `${_RANDOM MIN MAX}`, a number, `${_HASH}` and `${_BANG}`.",
	}},
	{"Conditions", []string{
		"`@ID text` counts only where the configuration id is ID, `@^ID text` only where it is not. The id is given by `-i`; by default it is the name of the host up to the first dot.",
	}},
	{"Sequences", []string{
		"`~SEQ(VAR, START, STEP, END) text` repeats text, with VAR going from START to END; START and STEP may be left out. `~SEQx` writes VAR in hexadecimal. " +
			"`~LST(VAR, a, b, ...) text` repeats it for each word, `~LST({A,B}, {a1,b1}, ...) text` for each group of words. The text may begin with another sequence.",
	}},
	{"Values", []string{
		"NUMBER is decimal and a word of its own. SECONDS may have decimal places, as many as the keyword can use. BOOL is one of `true on yes false off no`; where it stands in brackets, to leave it out means yes. " +
			"A value out of range is an error; the default counts, or what the message says.",
		"A keyword without its value is fatal: nothing can stand in for what was meant.",
	}},
}
