// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"unicode"

	"vipward/conf"
	"vipward/ipvs"
	"vipward/netif/nft"
)

// The lines of this file are an interface: tools parse them. They are
// keepalived's, word for word, where keepalived has such a line.

const (
	lineStart  = "Initializing ipvs"
	lineReload = "Reinitializing ipvs"
)

var protocols = map[uint8]string{0: "none", 6: "tcp", 17: "udp", 132: "sctp"}

// name gives a server as all lines do: "[192.0.2.1]:tcp:80".
func name(proto uint8, addr netip.Addr, port uint16) string {
	var b [nameRoom]byte
	return string(appendName(b[:0], proto, addr, port))
}

// nameRoom is enough for nearly all names.
const nameRoom = 64

func appendName(b []byte, proto uint8, addr netip.Addr, port uint16) []byte {
	b = addr.AppendTo(append(b, '['))
	b = append(b, "]:"...)
	b = append(b, protocols[proto]...)
	return strconv.AppendUint(append(b, ':'), uint64(port), 10)
}

func vsName(vs *conf.VirtualServer) string {
	var b [nameRoom]byte
	return string(appendVS(b[:0], vs))
}

func appendVS(b []byte, vs *conf.VirtualServer) []byte {
	switch {
	case vs.Group != nil:
		return fmt.Appendf(b, "[%s]:%d", vs.Group.Name, vs.GroupIndex)
	case vs.FWMark != 0:
		return fmt.Appendf(b, "FWM %d", vs.FWMark)
	default:
		return appendName(b, uint8(vs.Protocol), vs.Addr, vs.Port)
	}
}

func rsName(vs *conf.VirtualServer, rs *conf.RealServer) string {
	return name(uint8(vs.Protocol), rs.Addr, rs.Port)
}

func sorryName(vs *conf.VirtualServer) string {
	return name(uint8(vs.Protocol), vs.Sorry.Addr, vs.Sorry.Port)
}

// lineActivating comes for each check at the start, so it is made in one piece.
func lineActivating(vs *conf.VirtualServer, rs *conf.RealServer) string {
	var room [4 * nameRoom]byte
	b := append(room[:0], "Activating healthchecker for service "...)
	b = appendName(b, uint8(vs.Protocol), rs.Addr, rs.Port)
	return string(appendVS(append(b, " for VS "...), vs))
}

// lineAddress tells that an address of a virtual server with ha_suspend has come or gone.
func lineAddress(a netip.Addr, here bool) string {
	return fmt.Sprintf("Netlink reflector reports IP %s %s", a, map[bool]string{true: "added", false: "removed"}[here])
}

// lineSuspending tells of a check that rests, and whether it ran before.
func lineSuspending(c *check, ran bool) string {
	word := map[bool]string{true: "Suspending", false: "Deactivating"}[ran]
	return fmt.Sprintf("%s healthchecker for service %s for VS %s", word, rsName(c.server.pool.vs, c.server.rs), vsName(c.server.pool.vs))
}

// strerror gives the text of an error as C's strerror does.
func strerror(err error) string {
	var errno syscall.Errno
	text := fmt.Sprint(err)
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	r := []rune(strings.ReplaceAll(text, "\n", ": ")) // errors that were joined
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

// lineRemoving says that rs does not serve any more.
func lineRemoving(vs *conf.VirtualServer, rs *conf.RealServer) string {
	if rs.Inhibit {
		return fmt.Sprintf("Disabling service %s of VS %s", rsName(vs, rs), vsName(vs))
	}
	return fmt.Sprintf("Removing service %s from VS %s", rsName(vs, rs), vsName(vs))
}

// lineGone says that rs leaves the table for good.
func lineGone(vs *conf.VirtualServer, rs *conf.RealServer) string {
	return fmt.Sprintf("Removing service %s from VS %s", rsName(vs, rs), vsName(vs))
}

// lineAdding says that rs serves again.
func lineAdding(vs *conf.VirtualServer, rs *conf.RealServer) string {
	if rs.Inhibit {
		return fmt.Sprintf("Enabling service %s of VS %s", rsName(vs, rs), vsName(vs))
	}
	return fmt.Sprintf("Adding service %s to VS %s", rsName(vs, rs), vsName(vs))
}

func lineGained(vs *conf.VirtualServer, live int64) string {
	return fmt.Sprintf("Gained quorum %d+%d=%d <= %d for VS %s", vs.Quorum, vs.Hysteresis, vs.Quorum+vs.Hysteresis, live, vsName(vs))
}

func lineLost(vs *conf.VirtualServer, live int64) string {
	return fmt.Sprintf("Lost quorum %d-%d=%d > %d for VS %s", vs.Quorum, vs.Hysteresis, vs.Quorum-vs.Hysteresis, live, vsName(vs))
}

// lineStartingDown says Q-H= before the number Q+H, as keepalived does.
func lineStartingDown(vs *conf.VirtualServer, live int64) string {
	return fmt.Sprintf("Starting with quorum down %d-%d=%d > %d for VS %s", vs.Quorum, vs.Hysteresis, vs.Quorum+vs.Hysteresis, live, vsName(vs))
}

// sorryInLines say that the sorry server of vs takes over.
func sorryInLines(vs *conf.VirtualServer) []string {
	verb := "Adding"
	if vs.Sorry.Inhibit {
		verb = "Enabling"
	}
	return []string{
		fmt.Sprintf("%s sorry server %s to VS %s", verb, sorryName(vs), vsName(vs)),
		"Removing alive servers from the pool for VS " + vsName(vs),
	}
}

// lineSorryOut says that the sorry server of vs is not used any more; stays
// means that it keeps its place with weight 0.
func lineSorryOut(vs *conf.VirtualServer, stays bool) string {
	verb := "Removing"
	if stays {
		verb = "Disabling"
	}
	return fmt.Sprintf("%s sorry server %s from VS %s", verb, sorryName(vs), vsName(vs))
}

func lineAliveBack(vs *conf.VirtualServer) string {
	return "Adding alive servers to the pool for VS " + vsName(vs)
}

// lineWeight tells another weight of a server.
func lineWeight(s *server, from int) string {
	state := map[bool]string{true: "active", false: "inactive"}[s.alive()]
	return fmt.Sprintf("Changing weight from %d to %d for %s service %s of VS %s", from, s.weight(), state, rsName(s.pool.vs, s.rs), vsName(s.pool.vs))
}

// lineUserIgnored tells of a script whose user does not exist.
func lineUserIgnored(c *conf.Command) string {
	if c.User == "" {
		return fmt.Sprintf("Failed to set default user for notify script %s - ignoring", c.Args[0])
	}
	return fmt.Sprintf("Invalid user/group for notify script %s - ignoring", c.Args[0])
}

func lineNoLonger(vs *conf.VirtualServer, rs *conf.RealServer) string {
	return fmt.Sprintf("service %s no longer exist", rsName(vs, rs))
}

func lineRemovingVS(vs *conf.VirtualServer) string { return "Removing Virtual Server " + vsName(vs) }

// lineShutdown tells of a stop; inhibited means that rs is down and in the
// table all the same.
func lineShutdown(vs *conf.VirtualServer, rs *conf.RealServer, inhibited bool) string {
	if inhibited {
		return fmt.Sprintf("Shutting down (inhibited) service %s from VS %s", rsName(vs, rs), vsName(vs))
	}
	return fmt.Sprintf("Shutting down service %s from VS %s", rsName(vs, rs), vsName(vs))
}

// lineDraining tells of a server that is no longer configured and ends its connections.
func lineDraining(p *pool, rs *conf.RealServer) string {
	return fmt.Sprintf("Draining service %s of VS %s for at most %s", rsName(p.vs, rs), vsName(p.vs), rs.Drain)
}

// lineDrained tells how that ended.
func lineDrained(vs *conf.VirtualServer, rs *conf.RealServer, left uint32, late bool) string {
	if late {
		return fmt.Sprintf("Drained service %s of VS %s: %s left", rsName(vs, rs), vsName(vs), plural(int(left), "connection"))
	}
	return fmt.Sprintf("Drained service %s of VS %s", rsName(vs, rs), vsName(vs))
}

// lineHold tells of an order of an operator.
func lineHold(s *server, o Order) string {
	what := map[Hold]string{HoldNone: "no order any more", HoldDrain: "drain", HoldMaintenance: "maintenance", HoldWeight: fmt.Sprintf("weight %d", o.Weight)}[o.Hold]
	line := fmt.Sprintf("Order for service %s of VS %s: %s", rsName(s.pool.vs, s.rs), vsName(s.pool.vs), what)
	if o.By != "" {
		line += fmt.Sprintf(", by %q", o.By)
	}
	return line
}

// linePause tells of an order about checks.
func linePause(vs *conf.VirtualServer, o Order) string {
	what := map[Hold]string{HoldPause: "paused", HoldResume: "resumed"}[o.Hold]
	of := "VS " + vsName(vs)
	if o.Server.IsValid() {
		of = fmt.Sprintf("service %s of %s", name(uint8(vs.Protocol), o.Server.Addr(), o.Server.Port()), of)
	}
	line := fmt.Sprintf("Order for %s: checks %s", of, what)
	if o.By != "" {
		line += fmt.Sprintf(", by %q", o.By)
	}
	return line
}

// lineOrdersUnusable says that nobody knows what operators wanted.
func lineOrdersUnusable(err error, aside string) string {
	return fmt.Sprintf("server_state_file: %v; it is kept as %s, and no order holds", err, aside)
}

// lineLeftOut heads the summary of lines that were left out.
func lineLeftOut(lines, pools int) string {
	return fmt.Sprintf("Many changes at once: %s about %s left out", plural(lines, "line"), plural(pools, "virtual server"))
}

// linePoolNow says how a virtual server is.
func linePoolNow(p *pool) string {
	state := map[bool]string{true: "up", false: "down"}[p.quorum.Up]
	return fmt.Sprintf("VS %s: %d of %s alive, quorum %s", vsName(p.vs), p.alive(), plural(len(p.servers), "real server"), state)
}

// linePoolsNow says it of several together.
func linePoolsNow(pools []*pool) string {
	alive, all := 0, 0
	for _, p := range pools {
		alive, all = alive+p.alive(), all+len(p.servers)
	}
	return fmt.Sprintf("%s more: %d of %s alive, quorum of %d up", plural(len(pools), "virtual server"), alive, plural(all, "real server"), quorate(pools))
}

// plural counts things.
func plural(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// lineOps tells how many operations a change of the table took, at debug level.
func lineOps(ops []ipvs.Op) string {
	if len(ops) == 1 {
		return "IPVS: 1 operation: " + ops[0].String()
	}
	return fmt.Sprintf("IPVS: %d operations", len(ops))
}

// lineApplyError joins the errors of one change of the table, of which the
// first few stand for all.
func lineApplyError(errs []error) string {
	const shown = 5
	var texts []string
	for _, err := range errs[:min(shown, len(errs))] {
		texts = append(texts, err.Error())
	}
	if more := len(errs) - shown; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return "IPVS: " + strings.Join(texts, "; ")
}

// joinTrouble makes one line of what went wrong with the settings and with the table.
func joinTrouble(settings error, table string) string {
	switch {
	case settings == nil:
		return table
	case table == "":
		return "IPVS: " + settings.Error()
	default:
		return table + "; " + settings.Error()
	}
}

// lineMarkClash tells of a place that cannot have two marks.
func lineMarkClash(p nft.Place) string {
	at := p.First.String()
	if p.Last != p.First {
		at += "-" + p.Last.String()
	}
	return fmt.Sprintf("nftables_ipvs: [%s]:%s:%d stands in another group as well, which has it", at, protocols[p.Protocol], p.Port)
}

// lineDrift tells of changes behind our back that were repaired.
func lineDrift(n int) string {
	if n == 1 {
		return "IPVS: another program had changed the table; 1 change was undone"
	}
	return fmt.Sprintf("IPVS: another program had changed the table; %d changes were undone", n)
}
