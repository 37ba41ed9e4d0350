// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"

	"vipward/conf"
)

func interfaces() map[string]nic {
	out := map[string]nic{}
	list, err := net.Interfaces()
	if err != nil {
		return out
	}
	for _, i := range list {
		n := nic{Up: i.Flags&net.FlagUp != 0, Multicast: i.Flags&net.FlagMulticast != 0}
		groups, err := i.MulticastAddrs()
		if err == nil {
			for _, g := range groups {
				n.Groups = append(n.Groups, g.String())
			}
		}
		out[i.Name] = n
	}
	return out
}

func localAddrs() []netip.Addr {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr())
		}
	}
	return out
}

// dropChains lists the chains of nftables at input with the policy drop.
func dropChains() []string {
	var c nftables.Conn
	chains, err := c.ListChains()
	if err != nil {
		return nil
	}
	var out []string
	for _, ch := range chains {
		if ch.Hooknum != nil && *ch.Hooknum == *nftables.ChainHookInput && ch.Policy != nil && *ch.Policy == nftables.ChainPolicyDrop {
			out = append(out, fmt.Sprintf("table %s chain %s", ch.Table.Name, ch.Name))
		}
	}
	return out
}

// ourTables lists the tables of nftables that a daemon with this configuration would make.
func ourTables(cfg *conf.Config) []string {
	names := []string{"keepalived", "keepalived_ipvs", cfg.Global.Firewall.NFTables, cfg.Global.Firewall.IPVSTable}
	var c nftables.Conn
	list, err := c.ListTables()
	if err != nil {
		return nil
	}
	var out []string
	for _, t := range list {
		if slices.Contains(names, t.Name) && !slices.Contains(out, t.Name) {
			out = append(out, t.Name)
		}
	}
	return out
}

// ipvsServices counts the services of the kernel's table, without loading its module.
func ipvsServices() int {
	n := 0
	for _, line := range fileLines("/proc/net/ip_vs") {
		word, _, _ := strings.Cut(line, " ")
		if word == "TCP" || word == "UDP" || word == "SCTP" || word == "FWM" {
			n++
		}
	}
	return n
}

// silentNeighbours are the hosts of local networks that were asked for and did not answer.
func silentNeighbours() map[netip.Addr]bool {
	list, err := netlink.NeighList(0, 0)
	if err != nil {
		return nil
	}
	out := map[netip.Addr]bool{}
	for _, n := range list {
		if a, ok := netip.AddrFromSlice(n.IP); ok && n.State&(netlink.NUD_FAILED|netlink.NUD_INCOMPLETE) != 0 {
			out[a.Unmap()] = true
		}
	}
	return out
}
