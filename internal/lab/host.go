// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Host is a network namespace with interfaces eth0, eth1, …
type Host struct {
	Name string // as given: "lb1"
	NS   string // for ip netns exec

	t     TB
	ns    netns.NsHandle
	nl    *netlink.Handle
	ports []hostPort // ports[i] is the switch's side of eth<i>
}

type hostPort struct {
	net  *Net
	link netlink.Link
}

// NewHost makes a host without a cable: what it has is lo.
func NewHost(t TB, name string) *Host {
	t.Helper()
	if err := sweep(); err != nil {
		t.Logf("clean up after a killed run: %v", err)
	}
	return newHost(t, name)
}

func newHost(t TB, name string) *Host {
	t.Helper()
	id, ns := newNamespace(t, name)
	h := &Host{Name: name, NS: id, t: t, ns: ns, nl: handleAt(t, ns)}
	h.LinkUp("lo")
	// Duplicate address detection would make IPv6 addresses unusable for a second.
	h.Sysctl("net.ipv6.conf.default.accept_dad", "0")
	return h
}

// SetAddrs adds addresses ("10.0.0.1/24") to an interface.
func (h *Host) SetAddrs(ifname string, addrs ...string) {
	h.t.Helper()
	for _, a := range addrs {
		addr, err := netlink.ParseAddr(a)
		h.must("parse address "+a, err)
		addr.Broadcast = nil
		h.must("add "+a+" to "+ifname, h.nl.AddrReplace(h.link(ifname), addr))
	}
}

// DelAddr takes an address away behind everyone's back.
func (h *Host) DelAddr(ifname, addr string) {
	h.t.Helper()
	a, err := netlink.ParseAddr(addr)
	h.must("parse address "+addr, err)
	h.must("delete "+addr+" from "+ifname, h.nl.AddrDel(h.link(ifname), a))
}

// Route adds a route to dst ("0.0.0.0/0") over a neighbour.
func (h *Host) Route(dst, via string) {
	h.t.Helper()
	prefix, err := netlink.ParseIPNet(dst)
	h.must("parse route "+dst, err)
	gw := netip.MustParseAddr(via)
	h.must("add route to "+dst, h.nl.RouteReplace(&netlink.Route{Dst: prefix, Gw: gw.AsSlice()}))
}

// Blackhole lets the host drop what comes for dst ("10.0.0.0/25") without a word, although it
// has those addresses.
func (h *Host) Blackhole(dst string) {
	h.t.Helper()
	h.must("add blackhole "+dst, h.nl.RouteAdd(h.blackhole(dst)))
}

// Unblackhole ends Blackhole.
func (h *Host) Unblackhole(dst string) {
	h.t.Helper()
	h.must("delete blackhole "+dst, h.nl.RouteDel(h.blackhole(dst)))
}

func (h *Host) blackhole(dst string) *netlink.Route {
	h.t.Helper()
	prefix, err := netlink.ParseIPNet(dst)
	h.must("parse route "+dst, err)
	return &netlink.Route{Dst: prefix, Type: unix.RTN_BLACKHOLE, Table: unix.RT_TABLE_LOCAL}
}

// LinkUp raises an interface.
func (h *Host) LinkUp(ifname string) {
	h.t.Helper()
	h.must("raise "+ifname, h.nl.LinkSetUp(h.link(ifname)))
}

// LinkDown takes an interface down, as an administrator would.
func (h *Host) LinkDown(ifname string) {
	h.t.Helper()
	h.must("take "+ifname+" down", h.nl.LinkSetDown(h.link(ifname)))
}

// Unplug pulls the cable: the interface stays up and loses its carrier.
func (h *Host) Unplug(ifname string) {
	h.t.Helper()
	p := h.port(ifname)
	h.must("unplug "+ifname, p.net.nl.LinkSetDown(p.link))
}

// UnplugAll pulls all cables. With Proc.KillTree it makes a power cut.
func (h *Host) UnplugAll() {
	h.t.Helper()
	for i := range h.ports {
		h.Unplug(fmt.Sprintf("eth%d", i))
	}
}

// Plug puts the cable back.
func (h *Host) Plug(ifname string) {
	h.t.Helper()
	p := h.port(ifname)
	h.must("plug "+ifname, p.net.nl.LinkSetUp(p.link))
}

// HasAddr says whether one of the interfaces has the address.
func (h *Host) HasAddr(ip string) bool {
	h.t.Helper()
	want := netip.MustParseAddr(ip)
	for _, a := range h.Addrs() {
		if a.Addr() == want {
			return true
		}
	}
	return false
}

// Addrs lists the addresses of all interfaces but lo's own.
func (h *Host) Addrs() []netip.Prefix {
	h.t.Helper()
	list, err := h.nl.AddrList(nil, netlink.FAMILY_ALL)
	for errors.Is(err, netlink.ErrDumpInterrupted) { // many change at once
		list, err = h.nl.AddrList(nil, netlink.FAMILY_ALL)
	}
	h.must("list addresses", err)
	var addrs []netip.Prefix
	for _, a := range list {
		ip, ok := netip.AddrFromSlice(a.IP)
		bits, _ := a.Mask.Size()
		if ip = ip.Unmap(); ok && !ip.IsLoopback() {
			addrs = append(addrs, netip.PrefixFrom(ip, bits))
		}
	}
	return addrs
}

// MAC gives an interface's hardware address ("02:00:…").
func (h *Host) MAC(ifname string) string {
	h.t.Helper()
	return h.link(ifname).Attrs().HardwareAddr.String()
}

// Sysctl sets a kernel variable ("net.ipv4.ip_forward") in the host.
func (h *Host) Sysctl(key, value string) {
	h.t.Helper()
	file := filepath.Join("/proc/sys", strings.ReplaceAll(key, ".", "/"))
	h.must("set "+key, h.Do(func() error { return os.WriteFile(file, []byte(value), 0o600) }))
}

// Do calls f on a thread inside the host: sockets opened and processes started by f's own
// goroutine belong to the host.
func (h *Host) Do(f func() error) error { return inNetns(h.ns, f) }

// Run runs a program to its end and returns what it wrote; a failure fails the test.
func (h *Host) Run(args ...string) string {
	h.t.Helper()
	out, err := h.TryRun(args...)
	h.must(h.Name+": "+strings.Join(args, " "), err)
	return out
}

// TryRun runs a program to its end. The error holds what it wrote to stderr.
func (h *Host) TryRun(args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(h.t.Context(), args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := h.Do(cmd.Start); err != nil {
		return "", err
	}
	if err := cmd.Wait(); err != nil {
		return stdout.String(), fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return stdout.String(), nil
}

// Capture records what an interface sends and hears.
func (h *Host) Capture(ifname string) *Capture {
	h.t.Helper()
	return newCapture(h.t, h.ns, ifname)
}

// link finds an interface by name.
func (h *Host) link(ifname string) netlink.Link {
	h.t.Helper()
	l, err := h.nl.LinkByName(ifname)
	h.must("find "+ifname+" of "+h.Name, err)
	return l
}

// port finds the switch's side of an interface.
func (h *Host) port(ifname string) hostPort {
	h.t.Helper()
	for i, p := range h.ports {
		if ifname == fmt.Sprintf("eth%d", i) {
			return p
		}
	}
	h.t.Fatalf("%s has no cable at %s", h.Name, ifname)
	return hostPort{}
}

func (h *Host) must(what string, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("%s: %s: %v", h.Name, what, err)
	}
}
