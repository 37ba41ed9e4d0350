// SPDX-License-Identifier: Apache-2.0

package tables

import (
	"fmt"
	"strings"
)

// change is a configuration, and what a reload makes of it: mostly one option becomes another.
// In the text S is the slot, TCP a check, RS n "real_server" with the address and port 80 of
// server n.
type change struct {
	name          string
	before, after string
	fault         string // of keepalived 2.2.7, which shows after the reload; "" is none
}

// rest is a pool of three servers.
const rest = `
  RS1 {
    TCP
  }
  RS2 {
    weight 2
    TCP
  }
  RS3 {
    weight 3
    TCP
  }
}
`

// vs is a virtual server with a pool of three and these options.
func vs(options string) string {
	return "virtual_server 10.9.S.1 80 {\n  protocol TCP\n  lvs_sched rr\n  lvs_method NAT\n  " + options + rest
}

// swap is a change of one option of a virtual server.
func swap(name, before, after string) change { return change{name, vs(before), vs(after), ""} }

// edit is a change of a piece of a text.
func edit(name, text, from, to string) change {
	return change{name, text, strings.ReplaceAll(text, from, to), ""}
}

// emptyServices is what becomes of addresses that a group no longer has.
const emptyServices = "services of addresses that a group no longer has stay, without servers"

// changes are configurations beside the matrix, mostly with one thing that a reload changes.
var changes = []change{
	swap("flags of a scheduler change", "lvs_sched sh\n  sh-port", "lvs_sched sh\n  sh-fallback"),
	swap("the mask changes", "persistence_timeout 60\n  persistence_granularity 255.255.255.0", "persistence_timeout 60\n  persistence_granularity 255.255.255.240"),
	swap("the persistence ends", "persistence_timeout 60\n  persistence_granularity 255.255.0.0", ""),
	swap("another sorry server", "sorry_server 127.0.S.99 80", "sorry_server 127.0.S.98 81"),
	swap("a sorry server comes", "", "sorry_server 127.0.S.99 80\n  quorum 3"),
	swap("a sorry server goes", "sorry_server 127.0.S.99 80\n  sorry_server_inhibit", ""),
	swap("inhibit goes", "inhibit_on_failure", ""),
	swap("inhibit comes", "", "inhibit_on_failure"),
	swap("alpha comes, omega goes", "omega\n  quorum 2", "alpha\n  quorum 2\n  hysteresis 1"),
	swap("tunnel of another kind", "lvs_method TUN type gue port 6080 csum", "lvs_method TUN type gre"),
	swap("hysteresis alone", "quorum 4\n  hysteresis 3", "quorum 4\n  hysteresis 1"),
	edit("thresholds change", strings.Replace(vs(""), "weight 2", "weight 2\n    uthreshold 100\n    lthreshold 20", 1), "uthreshold 100\n    lthreshold 20", "uthreshold 50"),
	edit("protocol changes", vs(""), "protocol TCP", "protocol UDP"),
	edit("port of the service changes", vs("persistence_timeout"), "10.9.S.1 80", "10.9.S.1 81"),
	edit("single packets no more", strings.Replace(vs("ops"), "protocol TCP", "protocol UDP", 1), "  ops\n", ""),
	edit("a persistence engine goes", strings.Replace(vs("persistence_timeout 60\n  persistence_engine sip"), "protocol TCP", "protocol UDP", 1), "  persistence_engine sip\n", ""),
	edit("weight 0 and back", strings.Replace(vs("inhibit_on_failure"), "weight 3", "weight 0", 1), "weight 0", "weight 5"),
	edit("servers in another order", vs("weight 7"), "  RS1 {\n    TCP\n  }\n", ""),
	{
		"ranges of a group change, with an overlap",
		"virtual_server_group GS {\n  10.9.S.4-8 80\n}\n" + groupOf("GS", ""),
		"virtual_server_group GS {\n  10.9.S.7-10 80\n  10.9.S.2 80\n}\n" + groupOf("GS", ""),
		emptyServices,
	},
	{
		"an IPv6 range moves",
		"virtual_server_group GS {\n  fd00:S::9:10-13 80\n}\n" + six(groupOf("GS", "")),
		"virtual_server_group GS {\n  fd00:S::9:12-15 80\n}\n" + six(groupOf("GS", "")),
		emptyServices,
	},
	{
		"a mark and an address for the same servers",
		vs("") + strings.Replace(strings.ReplaceAll(vs("lvs_sched wlc"), "10.9.S.1 80", "fwmark 7S"), "  protocol TCP\n", "", 1),
		vs("persistence_timeout 9") + strings.Replace(strings.ReplaceAll(vs("lvs_sched wrr"), "10.9.S.1 80", "fwmark 7S"), "  protocol TCP\n", "", 1),
		"",
	},
	{
		"one address by two protocols, one of which goes",
		vs("") + strings.Replace(vs(""), "protocol TCP", "protocol UDP", 1),
		vs("lvs_sched lc"),
		"",
	},
	{
		"a mark of IPv6 becomes an address",
		six(strings.Replace(strings.ReplaceAll(vs(""), "10.9.S.1 80", "fwmark 8S inet6"), "  protocol TCP\n", "", 1)),
		six(strings.ReplaceAll(vs(""), "10.9.S.1 80", "fd00:S::9:1 80")),
		"",
	},
	edit("a server's own method changes", strings.Replace(vs("lvs_method DR"), "weight 2", "weight 2\n    lvs_method TUN", 1), "lvs_method TUN", "lvs_method TUN type ipip csum"),
	edit("an option of all servers changes", vs("delay_loop 1\n  weight 3"), "  weight 3\n", "  weight 9\n"),
}

func groupOf(group, options string) string {
	return strings.Replace(vs(options), "10.9.S.1 80", "group "+group, 1)
}

// six gives the servers addresses of IPv6.
func six(text string) string { return strings.ReplaceAll(text, "  RS", "  R6S") }

// asPool is the change as a pool of a file.
func (c change) asPool() pool {
	p := pool{name: c.name, check: "TCP"}
	if p.server = (row{}).server; c.fault != "" {
		p.until, p.fault = "reload", c.fault
	}
	if strings.Contains(c.before, "R6S") {
		p.server = server6
	}
	p.text = func(_ string, at slot, reloaded bool) string {
		text := c.before
		if reloaded {
			text = c.after
		}
		for n := 1; n <= servers; n++ {
			text = strings.ReplaceAll(text, fmt.Sprintf("RS%d ", n), fmt.Sprintf("real_server %s 80 ", row{}.server(at, n)))
			text = strings.ReplaceAll(text, fmt.Sprintf("R6S%d ", n), fmt.Sprintf("real_server %s 80 ", server6(at, n)))
		}
		text = strings.ReplaceAll(text, "    TCP\n", "    TCP_CHECK {\n      warmup 0\n      delay_loop 1\n      connect_port 80\n      retry 0\n    }\n")
		return placed.Replace(text, at)
	}
	return p
}

// placer puts the slot in the place of each S of a word that has one.
type placer []string

var placed = placer{"10.9.S.", "127.0.S.", "fd00:S:", "fwmark 7S", "fwmark 8S", "GS"}

// Replace puts a slot into a text.
func (p placer) Replace(text string, at slot) string {
	for _, word := range p {
		text = strings.ReplaceAll(text, word, strings.Replace(word, "S", fmt.Sprint(int(at)), 1))
	}
	return text
}
