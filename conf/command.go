// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"reflect"
	"strings"
)

// userGroup is a user with an optional group. A colon before the group asks for
// the supplementary groups as well.
var userGroup = value{name: "USER [GROUP]", out: reflect.TypeFor[account](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	user, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	group, _ := n.arg(1)
	return d.account(user, group), true
}}

func (d *decoder) account(user, group Arg) account {
	name, supplementary := strings.CutPrefix(group.Text, ":")
	return account{user: user.Text, group: name, supplementary: supplementary, pos: user.Pos}
}

// command is a script with an optional user and group.
var command = value{raw: true, name: "SCRIPT [USER [GROUP]]", out: reflect.TypeFor[Command](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	c, rest, ok := d.command(n)
	if !ok {
		return nil, false
	}
	if len(rest) > 0 {
		group, _ := (&Node{Args: rest}).arg(1)
		a := d.account(rest[0], group)
		c.User, c.Group, c.Supplementary = a.user, a.group, a.supplementary
	}
	return c, true
}}

// optionalCommand is the same, or nothing.
var optionalCommand = value{raw: true, name: "[" + command.name + "]", out: command.out, read: func(d *decoder, v *value, n *Node) (any, bool) {
	if len(n.Args) == 0 {
		return Command{}, true
	}
	return command.read(d, v, n)
}}

// oneCommand is a script and nothing else: words behind it are lost, which is
// seldom what was meant.
var oneCommand = value{raw: true, name: "SCRIPT", out: reflect.TypeFor[Command](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	c, rest, ok := d.command(n)
	if ok && len(rest) > 0 {
		d.c.addHint(codeArgLost, rest[0].Pos, `put the whole command in one pair of quotes: `+n.Key+` "`+c.Args[0]+` ..."`,
			"%s: the words from %q on are no part of the command and ignored", n.Key, rest[0].Text)
	}
	return c, ok
}}

// command reads the command of a line and gives the words behind it. The command
// is the first word, usually a quoted string, which is split into its arguments.
func (d *decoder) command(n *Node) (Command, []Arg, bool) {
	args, ok := d.scriptArgs(n)
	if !ok {
		return Command{}, nil, false
	}
	if len(args) == 0 {
		d.need(&Node{Key: n.Key, Pos: n.Pos}, 0)
		return Command{}, nil, false
	}
	c := Command{Pos: args[0].Pos}
	inner, unclosed := scriptWords(args[0].line(), true)
	if unclosed >= 0 || len(inner) == 0 || inner[0].Text == "" {
		d.c.add(codeValue, args[0].Pos, "%s: the command is empty or a quote in it is not closed; ignored", n.Key)
		return Command{}, nil, false
	}
	for _, a := range inner {
		c.Args = append(c.Args, a.Text)
	}
	return c, args[1:], true
}

// scriptArgs splits the line by the rules of commands.
func (d *decoder) scriptArgs(n *Node) ([]Arg, bool) {
	if n.raw.text == "" {
		return n.Args, true
	}
	args, unclosed := scriptWords(n.raw, false)
	if unclosed < 0 {
		return args, true
	}
	d.unclosedQuote(n, unclosed)
	return nil, false
}

// unclosedQuote reports the quote at an offset into the line. A double quote was
// reported when the line was read.
func (d *decoder) unclosedQuote(n *Node, at int) {
	if n.raw.text[at] == '\'' {
		d.c.add(codeQuote, n.raw.pos(at), "%s: missing terminating '; ignored", n.Key)
	}
}
