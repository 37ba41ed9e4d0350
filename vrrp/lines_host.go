// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"fmt"
	"net/netip"
	"time"

	"vipward/conf"
	"vipward/vrrp/election"
)

// noFirewallLine says that the firewall was chosen for the operator.
func noFirewallLine() (text string, detail bool) {
	return "use_vmac or no_accept/strict specified, but no firewall configured - using nftables", false
}

// restEndedLine says that an operator's order has come to its end.
func restEndedLine(instance string) string {
	return fmt.Sprintf("The maintenance of %s ends: there is no such instance any more", instance)
}

// restUnusableLine says that nobody knows which instances are to rest.
func restUnusableLine(err error, aside string) string {
	return fmt.Sprintf("instance_state_file: %v; it is kept as %s, and no instance rests", err, aside)
}

// noIPTablesLine is Debian's, whose keepalived is built without iptables.
func noIPTablesLine(line int) (text string, detail bool) {
	return fmt.Sprintf("(Line %d) iptables not supported, using nftables instead. "+
		"Please replace 'vrrp_iptables and 'vrrp_ipsets' with 'nftables' config option", line), false
}

// noARPLine says that the addresses of an instance are not announced.
func noARPLine(instance string) (text string, detail bool) {
	return fmt.Sprintf("(%s) disabling ARP since interface does not support it", instance), false
}

// queueingLine begins a set of announcements for one address, sendingLine is one frame of
// it. Both are details.
func queueingLine(instance, dev string, a netip.Addr) string {
	what := "gratuitous ARPs"
	if a.Is6() {
		what = "Unsolicited Neighbour Adverts"
	}
	return fmt.Sprintf("(%s) Sending/queueing %s on %s for %s", instance, what, dev, a)
}

func sendingLine(dev string, a netip.Addr) string {
	what := "gratuitous ARP"
	if a.Is6() {
		what = "unsolicited Neighbour Advert"
	}
	return fmt.Sprintf("Sending %s on %s for %s", what, dev, a)
}

// sourceLine stands in the place of queueingLine for an address that is not virtual.
func sourceLine(instance string, a netip.Addr) string {
	what := "ARP"
	if a.Is6() {
		what = "NA"
	}
	return fmt.Sprintf("%s: sending gratuitous %s for %s", instance, what, a)
}

// linkLine says that an interface went up or down.
func linkLine(dev string, up bool) (text string, detail bool) {
	word := "down"
	if up {
		word = "up"
	}
	return fmt.Sprintf("Netlink reports %s %s", dev, word), false
}

// assignedLine says that an interface has an address that adverts may come from, deassignedLine
// that it has none any more. Both are details.
func assignedLine(dev string, a netip.Addr) (text string, detail bool) {
	return fmt.Sprintf("Assigned address %s for interface %s", a, dev), true
}

func deassignedLine(dev string, a netip.Addr) (text string, detail bool) {
	return fmt.Sprintf("Deassigned address %s from interface %s", a, dev), true
}

// addressGoneLine says that somebody else removed a virtual address.
func addressGoneLine(dev string, p netip.Prefix) (text string, detail bool) {
	return fmt.Sprintf("Netlink reflector reports IP %s removed from %s", p.Addr(), dev), false
}

// faultLines gives the reasons for which an instance is in Fault from the start; down are the
// interfaces that are.
func faultLines(c *conf.Instance, down []string, f election.Fault) []string {
	var lines []string
	for _, dev := range down {
		if f&election.FaultLink != 0 && dev != "" { // else a tracked interface
			lines = append(lines, fmt.Sprintf("(%s): entering FAULT state (interface %s down)", c.Name, dev))
		}
	}
	if f&election.FaultSource != 0 {
		lines = append(lines, noSourceLine(c))
	}
	return lines
}

// noMulticastLine and noPeerLine say why an instance stays in Fault whatever happens.
func noMulticastLine(instance, dev string) string {
	return fmt.Sprintf("(%s) interface %s does not support multicast, specify unicast peers - disabling", instance, dev)
}

func noPeerLine(instance string) string {
	return fmt.Sprintf("(%s) has no unicast peer and unicast_fault_no_peer - disabling", instance)
}

func noSourceLine(c *conf.Instance) string {
	switch {
	case c.Source.IsValid():
		return fmt.Sprintf("(%s): entering FAULT state (src address not configured)", c.Name)
	case c.Family == conf.IPv6:
		return fmt.Sprintf("(%s) entering FAULT state (no IPv6 address for interface)", c.Name)
	}
	return fmt.Sprintf("(%s) entering FAULT state (no IPv4 address for interface)", c.Name)
}

// delayingLine and delayedLine are begin and end of a delayed start.
func delayingLine(d time.Duration) (text string, detail bool) {
	return fmt.Sprintf("Delaying startup for %g seconds", d.Seconds()), false
}

func delayedLine() (text string, detail bool) { return "Delayed start completed", false }

// socketLine lists a pair of sockets, keepalived's odd comma included.
func socketLine(key sockKey, in, out int) (text string, detail bool) {
	family, mode := "IPv4", "multicast"
	if key.ipv6() {
		family = "IPv6"
	}
	if !key.multicast() {
		mode = ", unicast"
	}
	return fmt.Sprintf("VRRP sockpool: [ifindex(%3d), family(%s), proto(%d), fd(%d,%d) %s, address(%s)]",
		key.index, family, key.protocol(), in, out, mode, key.addr), true
}

// unknownVRIDLine goes with log_unknown_vrids.
func unknownVRIDLine(vrid uint8, dev string) (text string, detail bool) {
	return fmt.Sprintf("Unknown VRID(%d) received on interface(%s). ignoring...", vrid, dev), false
}
