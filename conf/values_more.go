// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"net/netip"
	"reflect"
	"strings"
	"time"
)

// seconds is a whole number of seconds.
func seconds(lo, hi int) value {
	return value{
		name: "SECONDS", lo: float64(lo), hi: float64(hi), out: reflect.TypeFor[time.Duration](),
		read: func(d *decoder, v *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			s, ok := d.integer(a, n.Key, v.lo, v.hi)
			if !ok {
				return nil, false
			}
			return time.Duration(s.(int)) * time.Second, true
		},
	}
}

// weight is what a tracker adds to the priority, up to limit either way. One more
// is taken as the limit, as keepalived does.
func weight(limit int) value {
	return value{
		name: "NUMBER", lo: float64(-limit), hi: float64(limit), out: reflect.TypeFor[int](),
		read: func(d *decoder, _ *value, n *Node) (any, bool) {
			a, ok := d.need(n, 0)
			if !ok {
				return nil, false
			}
			if b, more := n.arg(1); more && (b.Text == "reverse") {
				d.c.add(codeNotSupported, b.Pos, "weight with reverse is not supported yet; reverse is ignored")
			}
			return d.weight(a, n.Key, limit)
		},
	}
}

func (d *decoder) weight(a Arg, key string, limit int) (any, bool) {
	v, ok := d.integer(a, key, float64(-limit-1), float64(limit+1))
	if !ok {
		return nil, false
	}
	w := v.(int)
	if abs(w) > limit {
		d.c.add(codeNumber, a.Pos, "%s: %d is outside -%d to %d; the limit is used", key, w, limit, limit)
		w = max(-limit, min(limit, w))
	}
	return w, true
}

// address is one address; a prefix length behind it is accepted and ignored.
var address = value{name: "ADDRESS", out: reflect.TypeFor[netip.Addr](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	a, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	return d.address(a, n.Key)
}}

// address reads an address.
func (d *decoder) address(a Arg, key string) (netip.Addr, bool) {
	host, _, _ := strings.Cut(a.Text, "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		d.c.addHint(codeAddress, a.Pos, placeholder(a.Text), "%s: %q is not an IP address; ignored", key, a.Text)
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// placeholder gives a hint for words that a template leaves to be filled in.
func placeholder(s string) string {
	if strings.HasPrefix(s, "<") || strings.HasPrefix(s, "@") || strings.HasPrefix(s, "x.") {
		return "this looks like a placeholder of a template: put your own value here"
	}
	return ""
}

// hostPort is a host with an optional port behind it.
var hostPort = value{name: "HOST [PORT]", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	host, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	p, more := n.arg(1)
	if !more {
		return host.Text, true
	}
	port, ok := d.integer(p, n.Key, 1, math.MaxUint16)
	if !ok {
		return host.Text, true
	}
	if strings.Contains(host.Text, ":") {
		return "[" + host.Text + "]:" + itoa(port.(int)), true
	}
	return host.Text + ":" + itoa(port.(int)), true
}}

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
	if strings.HasPrefix(group.Text, ":") {
		d.c.add(codeNotSupported, group.Pos, "supplementary groups (%q) are not supported yet; the script gets the one group", group.Text)
	}
	return account{user: user.Text, group: strings.TrimPrefix(group.Text, ":"), pos: user.Pos}
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
		c.User, c.Group = a.user, a.group
	}
	return c, true
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

// command reads the command of a line and gives the words behind it. A command
// that is one quoted string is split into its arguments.
func (d *decoder) command(n *Node) (Command, []Arg, bool) {
	args, ok := d.scriptArgs(n)
	if !ok {
		return Command{}, nil, false
	}
	if len(args) == 0 {
		d.need(&Node{Key: n.Key, Pos: n.Pos}, 0)
		return Command{}, nil, false
	}
	c := Command{Args: []string{args[0].Text}, Pos: args[0].Pos}
	if args[0].Quoted {
		inner, unclosed := scriptWords(args[0].Text, args[0].Pos, true)
		if unclosed >= 0 || len(inner) == 0 {
			d.c.add(codeValue, args[0].Pos, "%s: the command is empty or a quote in it is not closed; ignored", n.Key)
			return Command{}, nil, false
		}
		c.Args = c.Args[:0]
		for _, a := range inner {
			c.Args = append(c.Args, a.Text)
		}
	}
	return c, args[1:], true
}

// scriptArgs splits the line by the rules of commands.
func (d *decoder) scriptArgs(n *Node) ([]Arg, bool) {
	if n.Raw == "" {
		return n.Args, true
	}
	args, unclosed := scriptWords(n.Raw, n.RawPos, false)
	if unclosed < 0 {
		return args, true
	}
	// A double quote was reported when the line was read.
	if n.Raw[unclosed] == '\'' {
		pos := n.RawPos
		pos.Col += len([]rune(n.Raw[:unclosed]))
		d.c.add(codeQuote, pos, "%s: missing terminating '; ignored", n.Key)
	}
	return nil, false
}
