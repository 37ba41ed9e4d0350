// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vipward/conf"
	"vipward/vrrp"
)

// patient is what the doctor found out about the machine.
type patient struct {
	Root       bool
	Lacking    []string          // capabilities that matter and that we have not
	Modules    map[string]bool   // of those that matter: there, or loadable
	Sysctls    map[string]string // those that could be read
	Interfaces map[string]nic
	DropChains []string // firewall chains at input that drop what no rule accepts
	Synced     bool     // the clock
	Files      uint64   // open files that a process may have, at most
	Others     []string // other programs of this kind that run
	Daemon     bool     // vipward answers at its socket
	Shut       bool     // we may not use the socket
	Deaf       []string // instances of it whose test packets do not come back
	Resting    []string // instances of it that an operator made rest
	Held       []string // virtual addresses that are on this machine
	Tables     []string // of nftables, that a daemon makes
	Services   int      // in the IPVS table
	Running    []vrrp.InstanceStatus
	Silent     map[netip.Addr]bool // unicast peers that do not answer ARP or neighbour discovery
}

// nic is a network interface.
type nic struct {
	Up, Multicast bool
	Groups        []string // of multicast, that it listens to
}

// diagnose judges a machine for a configuration, which may be missing.
func diagnose(cfg *conf.Config, p patient) []finding {
	if cfg == nil {
		cfg = &conf.Config{}
	}
	var out []finding
	for _, judge := range []func(*conf.Config, patient) []finding{
		aboutRights, aboutOthers, aboutModules, aboutForwarding, aboutInterfaces, aboutSysctls, aboutFirewall, aboutClock,
		aboutLimits, aboutLeftovers, aboutDaemon, aboutPeers,
	} {
		out = append(out, judge(cfg, p)...)
	}
	return out
}

// capabilityHarm is what does not work without a capability.
var capabilityHarm = map[string]string{
	"CAP_NET_ADMIN": "addresses, routes and virtual servers cannot be set",
	"CAP_NET_RAW":   "adverts cannot be sent",
	"CAP_SYS_NICE":  "there is no realtime priority, so a loaded machine may lose the mastership",
}

func aboutRights(_ *conf.Config, p patient) []finding {
	if !p.Root {
		return []finding{{doubtful, "rights", "this is not root: not everything can be looked at", "sudo vipward doctor"}}
	}
	var out []finding
	for _, name := range p.Lacking {
		out = append(out, finding{broken, "rights", name + " is missing: " + capabilityHarm[name], "give it to the container or the unit"})
	}
	return out
}

func aboutOthers(_ *conf.Config, p patient) []finding {
	if len(p.Others) == 0 {
		return []finding{{fine, "others", "no other daemon of this kind runs", ""}}
	}
	return []finding{{broken, "others", "also running: " + strings.Join(p.Others, ", "), "two of them fight over addresses: stop the other one"}}
}

func aboutModules(cfg *conf.Config, p patient) []finding {
	need := map[string]string{}
	if len(cfg.VirtualServers) > 0 {
		need["ip_vs"] = "virtual servers cannot be balanced"
	}
	for _, vs := range cfg.VirtualServers {
		need["ip_vs_"+vs.Scheduler] = fmt.Sprintf("the scheduler %s cannot be used", vs.Scheduler)
	}
	for _, vi := range cfg.Instances {
		if vi.VMAC != nil {
			need["macvlan"] = "VMACs cannot be made"
		}
		if vi.IPVLAN != nil {
			need["ipvlan"] = "ipvlans cannot be made"
		}
	}
	var out []finding
	for name, harm := range sortedPairs(need) {
		if p.Modules[name] {
			out = append(out, finding{fine, "module", name + " is there", ""})
		} else {
			out = append(out, finding{broken, "module", name + " is not to be found: " + harm, "modprobe " + name + ", or another kernel"})
		}
	}
	return out
}

// aboutForwarding asks for what packets through this machine need.
func aboutForwarding(cfg *conf.Config, p patient) []finding {
	var need []string
	for _, vs := range cfg.VirtualServers {
		for _, rs := range vs.RealServers {
			key := "net.ipv4.ip_forward"
			if rs.Addr.Is6() {
				key = "net.ipv6.conf.all.forwarding"
			}
			if rs.Method == conf.NAT && !rs.Addr.IsLoopback() && !slices.Contains(need, key) {
				need = append(need, key)
			}
		}
	}
	var out []finding
	for _, key := range need {
		if p.Sysctls[key] == "0" {
			out = append(out, finding{broken, "sysctl", key + " is 0: real servers behind NAT get no packets", "sysctl -w " + key + "=1"})
		} else {
			out = append(out, finding{fine, "sysctl", key + " is on", ""})
		}
	}
	return out
}

func aboutInterfaces(cfg *conf.Config, p patient) []finding {
	var out []finding
	seen := map[string]bool{}
	for _, vi := range cfg.Instances {
		name := vi.Interface
		if name == "" || seen[name] {
			continue
		}
		seen[name] = true
		n, ok := p.Interfaces[name]
		switch {
		case !ok:
			out = append(out, finding{broken, "interface", name + " does not exist", ""})
		case !n.Up:
			out = append(out, finding{broken, "interface", name + " is down", "ip link set " + name + " up"})
		case !vi.Unicast() && !n.Multicast:
			out = append(out, finding{broken, "interface", name + " has no multicast, and " + vi.Name + " needs it", "use unicast_peer"})
		default:
			out = append(out, finding{fine, "interface", name + " is up", ""})
		}
		if group := vi.Multicast.String(); p.Daemon && ok && !vi.Unicast() && vi.VMAC == nil && !slices.Contains(n.Groups, group) {
			out = append(out, finding{doubtful, "multicast", fmt.Sprintf("%s does not listen to %s although vipward runs", name, group), "is it another configuration that runs?"})
		}
	}
	return out
}

// aboutSysctls tells of settings that make failovers go wrong.
func aboutSysctls(cfg *conf.Config, p patient) []finding {
	var out []finding
	if len(cfg.Instances) > 0 && p.Sysctls["net.ipv4.conf.all.promote_secondaries"] == "0" {
		out = append(out, finding{doubtful, "sysctl", "promote_secondaries is 0: when the first address of a subnet goes, the others go with it", "promote_secondaries in the vrrp_instance, or sysctl -w net.ipv4.conf.all.promote_secondaries=1"})
	}
	for _, vi := range cfg.Instances {
		if key := disableIPv6(vi); hasIPv6(vi) && p.Sysctls[key] == "1" {
			out = append(out, finding{broken, "sysctl", key + " is 1: the IPv6 addresses of " + vi.Name + " cannot be set", "sysctl -w " + key + "=0"})
		}
		key := "net.ipv4.conf." + vi.Interface + ".rp_filter"
		if vi.VMAC != nil && (p.Sysctls[key] == "1" || p.Sysctls["net.ipv4.conf.all.rp_filter"] == "1") {
			out = append(out, finding{doubtful, "sysctl", "rp_filter is strict on " + vi.Interface + ", below the VMAC of " + vi.Name + ": answers may be dropped", "sysctl -w " + key + "=2"})
		}
	}
	if p.Sysctls["kernel.sched_rt_runtime_us"] == "0" {
		out = append(out, finding{doubtful, "sysctl", "kernel.sched_rt_runtime_us is 0: adverts cannot be sent with realtime priority", "sysctl -w kernel.sched_rt_runtime_us=950000"})
	}
	return out
}

func disableIPv6(vi *conf.Instance) string { return "net.ipv6.conf." + vi.Interface + ".disable_ipv6" }

func hasIPv6(vi *conf.Instance) bool {
	return slices.ContainsFunc(slices.Concat(vi.VIPs, vi.ExcludedVIPs), func(a conf.Address) bool { return a.Prefix.Addr().Is6() })
}

func aboutFirewall(cfg *conf.Config, p patient) []finding {
	if len(p.Deaf) > 0 {
		return []finding{{broken, "firewall", "test packets of " + strings.Join(p.Deaf, ", ") + " do not come back: adverts are dropped", "accept protocol 112 (vrrp) at input, for AH protocol 51 as well"}}
	}
	if len(cfg.Instances) > 0 && len(p.DropChains) > 0 && !p.Daemon {
		return []finding{{doubtful, "firewall", "dropped unless a rule accepts it: " + strings.Join(p.DropChains, ", "), "see that protocol 112 (vrrp) is accepted"}}
	}
	if slices.ContainsFunc(p.Running, tested) {
		return []finding{{fine, "firewall", "the daemon's own test packets come back by multicast", ""}}
	}
	return []finding{{fine, "firewall", "nothing is known to drop adverts", ""}}
}

// aboutClock: signed adverts carry the time.
func aboutClock(cfg *conf.Config, p patient) []finding {
	signed := slices.ContainsFunc(cfg.Instances, func(vi *conf.Instance) bool { return vi.HMAC != nil })
	switch {
	case p.Synced:
		return []finding{{fine, "clock", "it is synchronized", ""}}
	case signed:
		return []finding{{broken, "clock", "it is not synchronized, and auth_hmac refuses adverts of another time", "run chrony or another NTP client on all routers"}}
	}
	return []finding{{doubtful, "clock", "it is not synchronized: logs of two routers are hard to compare", "run chrony or another NTP client"}}
}

// sparedFiles is what a checker process needs beside one file for each check.
const sparedFiles = 100

func aboutLimits(cfg *conf.Config, p patient) []finding {
	checks := 0
	for _, vs := range cfg.VirtualServers {
		for _, rs := range vs.RealServers {
			checks += len(rs.Checkers)
		}
	}
	if need := uint64(checks + sparedFiles); p.Files < need {
		return []finding{{doubtful, "limits", fmt.Sprintf("%d open files are allowed, and %d checks may want %d: some will wait", p.Files, checks, need), "LimitNOFILE in the unit, or ulimit -Hn"}}
	}
	return []finding{{fine, "limits", "enough open files for all checks at once", ""}}
}
