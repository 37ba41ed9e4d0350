// SPDX-License-Identifier: Apache-2.0

package conf

import (
	"math"
	"reflect"
	"strings"
	"time"
)

// chains are the names of one or two chains of iptables.
var chains = value{name: "[IN [OUT]]", out: reflect.TypeFor[Chains](), read: func(_ *decoder, _ *value, n *Node) (any, bool) {
	switch len(n.Args) {
	case 0:
		return Chains{In: "INPUT", Out: "OUTPUT"}, true
	case 1:
		return Chains{In: n.Args[0].Text}, true
	default:
		return Chains{In: n.Args[0].Text, Out: n.Args[1].Text}, true
	}
}}

// ipsets are names of sets, up to six.
var ipsets = value{name: "[SET...]", out: reflect.TypeFor[[]string](), read: func(_ *decoder, _ *value, n *Node) (any, bool) {
	names := []string{}
	for _, a := range n.Args[:min(len(n.Args), 6)] {
		names = append(names, a.Text)
	}
	return names, true
}}

// includeWord are the words of include_check.
var includeWord = []string{"read", "match", "wildcard_match", "brace_match"}

// includeChecks are words that may have a sign; only the first may go without.
var includeChecks = value{name: "[WORD...]", out: reflect.TypeFor[string](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	for i, a := range n.Args {
		word := strings.TrimLeft(a.Text, "+-")
		if _, ok := d.word(Arg{Text: word, Pos: a.Pos}, n.Key, includeWord); ok && word == a.Text && i > 0 {
			d.c.add(codeDuplicate, a.Pos, "%s: %s needs a + or - before it; ignored", n.Key, word)
		}
	}
	return joinArgs(n.Args), true
}}

// timeouts are those of lvs_timeouts by their words.
type timeouts map[string]*time.Duration

const maxLVSTimeout = 31 * 86400

// lvsTimeouts is a list of words with seconds.
var lvsTimeouts = value{name: "tcp S, tcpfin S, udp S", out: reflect.TypeFor[timeouts](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	out := timeouts{}
	if len(n.Args) < 2 {
		d.c.add(codeMissingMild, n.Pos, "lvs_timeouts needs at least one of tcp, tcpfin and udp with seconds")
		return nil, false
	}
	for i := 0; i < len(n.Args); i++ {
		a := n.Args[i]
		if _, ok := d.word(a, n.Key, []string{"tcp", "tcpfin", "udp"}); !ok {
			return out, true // what follows belongs to the word that is unknown
		}
		i++
		seconds, ok := n.arg(i)
		if !ok {
			d.c.add(codeMissingMild, a.Pos, "lvs_timeouts: %s needs a number of seconds", a.Text)
			break
		}
		if v, ok := d.integer(seconds, "lvs_timeouts "+a.Text, 0, maxLVSTimeout); ok {
			t := time.Duration(v.(int)) * time.Second
			out[a.Text] = &t
		}
	}
	return out, true
}}

// syncDaemon is an interface with options in any order.
var syncDaemon = value{name: "IF [OPTION...]", out: reflect.TypeFor[SyncDaemon](), read: func(d *decoder, _ *value, n *Node) (any, bool) {
	ifi, ok := d.need(n, 0)
	if !ok {
		return nil, false
	}
	if len(ifi.Text) > maxIfName {
		d.c.add(codeValue, ifi.Pos, "lvs_sync_daemon: %s is too long for the name of an interface; ignored", ifi.Text)
		return nil, false
	}
	s := SyncDaemon{Pos: n.Pos, Interface: ifi.Text}
	for i := 1; i < len(n.Args); i++ {
		a := n.Args[i]
		read, known := syncOptions[a.Text]
		switch {
		case known:
			i++
			if arg, ok := n.arg(i); ok {
				read(d, &s, arg)
			} else {
				d.c.add(codeMissingMild, a.Pos, "lvs_sync_daemon: %s needs a value; ignored", a.Text)
			}
		case i == 1:
			s.Instance = a.Text // the old form: IF INSTANCE [ID]
		default:
			d.c.addHint(codeValue, a.Pos, "write id "+a.Text, "lvs_sync_daemon: %q has no keyword before it", a.Text)
			syncID(d, &s, a)
		}
	}
	return s, true
}}

func syncID(d *decoder, s *SyncDaemon, a Arg) {
	if v, ok := d.integer(a, "lvs_sync_daemon id", 0, 255); ok {
		id := v.(int)
		s.ID = &id
	}
}

// syncOptions are the options of lvs_sync_daemon.
var syncOptions = map[string]func(d *decoder, s *SyncDaemon, a Arg){
	"inst": func(_ *decoder, s *SyncDaemon, a Arg) { s.Instance = a.Text },
	"id":   syncID,
	"maxlen": func(d *decoder, s *SyncDaemon, a Arg) {
		if v, ok := d.integer(a, "lvs_sync_daemon maxlen", 1, 65507); ok {
			s.MaxLen = v.(int)
		}
	},
	"port": func(d *decoder, s *SyncDaemon, a Arg) {
		if v, ok := d.integer(a, "lvs_sync_daemon port", 1, math.MaxUint16); ok {
			s.Port = uint16(v.(int))
		}
	},
	"ttl": func(d *decoder, s *SyncDaemon, a Arg) {
		if v, ok := d.integer(a, "lvs_sync_daemon ttl", 1, 255); ok {
			s.TTL = v.(int)
		}
	},
	"group": func(d *decoder, s *SyncDaemon, a Arg) {
		g, ok := d.address(a, "lvs_sync_daemon group")
		if ok && !g.IsMulticast() {
			d.c.add(codeAddress, a.Pos, "lvs_sync_daemon: group %s is not multicast; ignored", g)
			ok = false
		}
		if ok {
			s.Group = g
		}
	},
}
