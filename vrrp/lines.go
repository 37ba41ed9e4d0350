// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"
	"time"
)

// The texts in this file are an interface: programs read them out of logs. They are
// keepalived's, and with every one goes whether it is a detail, logged only with -D.

// Line returns the log line of a transition; empty when it has none.
func (t Transition) Line(instance string) (text string, detail bool) {
	switch t.To {
	case Master:
		return fmt.Sprintf("(%s) Entering MASTER STATE", instance), false
	case Backup:
		return fmt.Sprintf("(%s) Entering BACKUP STATE%s", instance, t.initMark()), false
	case FaultState:
		if t.From == Init {
			return fmt.Sprintf("(%s) entering FAULT state", instance), false
		}
		return fmt.Sprintf("(%s) Entering FAULT STATE", instance), false
	case Init, Stopped:
	}
	return "", false
}

// initMark marks the first state of an instance that had nothing to wait for.
func (t Transition) initMark() string {
	if t.AtStart && t.From == Init {
		return " (init)"
	}
	return ""
}

// Line returns the line of a log action.
func (l Log) Line(instance string) (text string, detail bool) {
	body, detail := l.body()
	return fmt.Sprintf("(%s)%s", instance, body), detail
}

// body is what follows the instance's name, with its separator.
func (l Log) body() (text string, detail bool) {
	if l.From.IsValid() {
		return l.advertBody()
	}
	switch l.Code {
	case LogTimeout:
		return " Receive advertisement timeout", true
	case LogRogueGone:
		return ": rogue address owner appears to have stopped advertising", false
	case LogPreemptDelay:
		return fmt.Sprintf(" start preempt delay (%.6f)", l.Was.Seconds()), false
	case LogIntervalLearned:
		return fmt.Sprintf(" advertisement interval updated from %dms to %dms by master",
			l.Was.Milliseconds(), l.Now.Milliseconds()), false
	case LogIntervalOwn:
		return fmt.Sprintf(" changing advert interval from %dms to locally configured %dms",
			l.Was.Milliseconds(), l.Now.Milliseconds()), false
	case LogSentZero:
		return " sent 0 priority", true
	case LogPriorityChanged:
		return fmt.Sprintf(" Changing effective priority from %d to %d", l.Theirs, l.Ours), false
	case LogPrioritySet:
		return fmt.Sprintf(" Setting effective priority to %d", l.Ours), false
	default:
		return fmt.Sprintf(" unnamed event %d", l.Code), true
	}
}

// advertBody is the text for what another router's advert caused.
func (l Log) advertBody() (text string, detail bool) {
	switch l.Code {
	case LogBackupZero:
		return " Backup received priority 0 advertisement", true
	case LogMasterZero:
		return " Master received priority 0 message", true
	case LogMasterSet:
		return fmt.Sprintf(" master set to %s", l.From), true
	case LogDiscardLower:
		return fmt.Sprintf(" received lower priority (%d) advert from %s - discarding", l.Theirs, l.From), false
	case LogYieldHigher:
		return fmt.Sprintf(" Master received advert from %s with higher priority %d, ours %d", l.From, l.Theirs, l.Ours), false
	case LogYieldAddress:
		return fmt.Sprintf(" Master received advert from %s with same priority %d but higher IP address than ours",
			l.From, l.Theirs), false
	case LogForceElection:
		return fmt.Sprintf(" Received advert from %s with lower priority %d, ours %d, forcing new election",
			l.From, l.Theirs, l.Ours), false
	case LogOwnAddress:
		return fmt.Sprintf(" WARNING - equal priority advert received from %s, which is our own address", l.From), false
	case LogTwoOwners:
		return fmt.Sprintf(" CONFIGURATION ERROR: local instance and %s are both configured as address owner, please resolve",
			l.From), false
	default:
		return fmt.Sprintf(" unnamed event %d", l.Code), true
	}
}

// settingVIPsLine goes with AddAddresses, removingVIPsLine with RemoveAddresses. Both are details.
func settingVIPsLine(instance string) string  { return fmt.Sprintf("(%s) setting VIPs.", instance) }
func removingVIPsLine(instance string) string { return fmt.Sprintf("(%s) removing VIPs.", instance) }

// queueingGARPLine begins a set of announcements for one address, sendingGARPLine is one
// frame of it. Both are details.
func queueingGARPLine(instance, dev string, a netip.Addr) string {
	return fmt.Sprintf("(%s) Sending/queueing gratuitous ARPs on %s for %s", instance, dev, a)
}

func sendingGARPLine(dev string, a netip.Addr) string {
	return fmt.Sprintf("Sending gratuitous ARP on %s for %s", dev, a)
}

// linkLine says that an interface went up or down.
func linkLine(dev string, up bool) (text string, detail bool) {
	word := "down"
	if up {
		word = "up"
	}
	return fmt.Sprintf("Netlink reports %s %s", dev, word), false
}

// addressGoneLine says that somebody else removed a virtual address.
func addressGoneLine(dev string, p netip.Prefix) (text string, detail bool) {
	return fmt.Sprintf("Netlink reflector reports IP %s removed from %s", p.Addr(), dev), false
}

// faultLines gives the reasons for which an instance is in Fault from the start.
func faultLines(instance, dev string, f Fault) []string {
	var lines []string
	if f&FaultLink != 0 {
		lines = append(lines, fmt.Sprintf("(%s): entering FAULT state (interface %s down)", instance, dev))
	}
	if f&FaultSource != 0 {
		lines = append(lines, fmt.Sprintf("(%s) entering FAULT state (no IPv4 address for interface)", instance))
	}
	if f&FaultConfig != 0 {
		lines = append(lines, fmt.Sprintf(
			"(%s) interface %s does not support multicast, specify unicast peers - disabling", instance, dev))
	}
	return lines
}

// Lines returns the lines of the last Result of the script called name.
func (s *ScriptState) Lines(name string) []string {
	var lines []string
	if s.returned {
		lines = append(lines, fmt.Sprintf("Script `%s` now returning %d", name, s.last.Status))
	}
	if s.changed {
		lines = append(lines, fmt.Sprintf("VRRP_Script(%s) %s", name, s.outcome()))
	}
	return lines
}

func (s *ScriptState) outcome() string {
	switch {
	case s.Up():
		return "succeeded"
	case s.last.TimedOut:
		return "timed_out"
	case s.last.Signal != 0:
		return fmt.Sprintf("failed (due to signal %d)", s.last.Signal)
	}
	return fmt.Sprintf("failed (exited with status %d)", s.last.Status)
}

// scriptSkippedLine says that a run was left out because the last one has not ended.
func scriptSkippedLine(name string, ending bool) string {
	doing := "already running"
	if ending {
		doing = "being timed out"
	}
	return fmt.Sprintf("Track script %s is %s, expect idle - skipping run", name, doing)
}

// Line returns the log line for a verdict on p, empty for those that keepalived drops
// without a word.
func (w *Wire) Line(instance string, v Verdict, p Packet) (text string, detail bool) {
	if body := w.body(v, p); body != "" {
		return fmt.Sprintf("(%s) %s", instance, body), false
	}
	return "", false
}

func (w *Wire) body(v Verdict, p Packet) string {
	const ipHeader = 20
	switch v {
	case AcceptCount:
		return fmt.Sprintf("expected %d VIPs but received %d", len(w.Addrs), p.count())
	case AcceptAddrs:
		return fmt.Sprintf("ip address associated with VRID %d not present in advert from %s: %s", w.VRID, p.Src, w.missing(p))
	case DropLong:
		return fmt.Sprintf("vrrp packet from %s too long, length %d and expect %d", p.Src, ipHeader+len(p.Payload), ipHeader+p.bodyLen())
	case DropTTL:
		return fmt.Sprintf("invalid TTL/HL from %s. Received %d and expect 255", p.Src, p.TTL)
	case DropVersion:
		return fmt.Sprintf("wrong VRRP version from %s. Received %d and expect %d", p.Src, p.version(), w.Version)
	case DropAuthType:
		return fmt.Sprintf("Invalid auth type from %s: %d", p.Src, p.authType())
	case DropAuthMismatch:
		return fmt.Sprintf("received a %d auth from %s, expecting %d!", p.authType(), p.Src, w.AuthType)
	case DropAuthFailed:
		return fmt.Sprintf("received an invalid passwd from %s!", p.Src)
	case DropInterval:
		return fmt.Sprintf("advertisement interval mismatch with %s mine=%d sec rcv'd=%d sec",
			p.Src, w.AdvertInt/time.Second, p.interval()/time.Second)
	case DropType:
		return fmt.Sprintf("Invalid packet type from %s. %d and expect 1", p.Src, p.kind())
	case DropChecksum:
		return fmt.Sprintf("Invalid VRRPv%d checksum from %s", w.Version, p.Src)
	case Accept, DropIPHeader, DropProtocol, DropVRID, DropShort, DropDestination:
	}
	return ""
}
