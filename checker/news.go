// SPDX-License-Identifier: Apache-2.0

package checker

import "vipward/conf"

// news is what there is to tell of a change.
type news struct {
	lines   []string // for the log, at once
	notices []notice // for scripts and FIFOs, when the table is as they say
	alerts  []alert  // to be mailed, then as well
}

// notice is a server that went up or down: the real server rs of vs, or, when
// rs is nil, the quorum of vs.
type notice struct {
	vs *conf.VirtualServer
	rs *conf.RealServer
	up bool

	why string // it is down, if that is known
}

func (n *news) say(lines ...string) { n.lines = append(n.lines, lines...) }

func (n *news) tell(more ...notice) { n.notices = append(n.notices, more...) }

// explain says why what went down did.
func (n *news) explain(why string) {
	for i := range n.notices {
		if !n.notices[i].up {
			n.notices[i].why = why
		}
	}
}

func (n *news) add(more news) {
	n.say(more.lines...)
	n.untold(more)
}

// untold adds what is there to tell besides the lines.
func (n *news) untold(more news) {
	n.tell(more.notices...)
	n.alerts = append(n.alerts, more.alerts...)
}

// word is the state in records.
func (n notice) word() string {
	if n.up {
		return "UP"
	}
	return "DOWN"
}

// key names whom the notice is about: scripts of one key run in order.
func (n notice) key() string {
	if n.rs == nil {
		return "VS " + vsName(n.vs)
	}
	return "RS " + rsName(n.vs, n.rs) + " " + vsName(n.vs)
}

// record is the line for the FIFOs. keepalived 2.4.3 puts a NUL behind the
// newline, which readers of lines find at the head of the next one; 2.2.7 does
// not.
func (n notice) record() string { return n.key() + " " + n.word() + "\n" }

// command is the script that the configuration has for the notice, nil for none.
func (n notice) command() *conf.Command {
	switch {
	case n.rs == nil && n.up:
		return n.vs.QuorumUp
	case n.rs == nil:
		return n.vs.QuorumDown
	case n.up:
		return n.rs.NotifyUp
	default:
		return n.rs.NotifyDown
	}
}
