// SPDX-License-Identifier: Apache-2.0

package conf

// interfaces judges those of the instances and of their addresses.
func (k *hostChecker) interfaces() {
	for _, vi := range k.cfg.Instances {
		if vi.Interface != "" {
			k.instanceInterface(vi)
		}
		for _, list := range [][]Address{vi.VIPs, vi.ExcludedVIPs} {
			for _, a := range list {
				if a.Dev != vi.Interface {
					k.exists(a.Dev, a.Pos, "("+vi.Name+") interface %s of address "+a.Prefix.String())
				}
			}
		}
		for _, t := range vi.Tracking.Interfaces {
			k.exists(t.Interface, t.Pos, "("+vi.Name+") tracked interface %s")
		}
		k.routeInterfaces(vi.Routes)
		k.ruleInterfaces(vi.Rules)
	}
}

func (k *hostChecker) instanceInterface(vi *Instance) {
	ifi, ok := k.h.Interface(vi.Interface)
	switch {
	case !ok:
		k.exists(vi.Interface, vi.InterfacePos, "("+vi.Name+") interface %s")
	case ifi.Loopback:
		k.c.add(codeInterfaceNo, vi.InterfacePos, "(%s) interface %s is a loopback interface", vi.Name, vi.Interface)
	case !ifi.Multicast && !vi.Unicast():
		k.c.addHint(codeNoMulticast, vi.InterfacePos, "use unicast_peer", "(%s) interface %s has no multicast; the instance stays in FAULT", vi.Name, vi.Interface)
	}
	if limit := vi.AddressLimit(ifi.MTU); ok && len(vi.VIPs) > limit {
		k.c.addHint(codeAdvertFull, vi.VIPs[limit].Pos, "move the addresses that need no advert to virtual_ipaddress_excluded",
			"(%s) an advert on %s (MTU %d) carries at most %d addresses; the other %d are treated as excluded",
			vi.Name, vi.Interface, ifi.MTU, limit, len(vi.VIPs)-limit)
	}
}

// exists says whether an interface is there; without a name there is nothing to
// say. format takes the name. With dynamic_interfaces it may come later.
func (k *hostChecker) exists(name string, pos Pos, format string) {
	if name == "" {
		return
	}
	if _, ok := k.h.Interface(name); ok {
		return
	}
	if k.cfg.Global.Daemon.DynamicInterfaces {
		k.c.add(codeInterfaceLate, pos, format+" does not exist yet", name)
		return
	}
	k.c.add(codeInterface, pos, format+" does not exist", name)
}

// otherInterfaces judges those that stand outside of instances.
func (k *hostChecker) otherInterfaces() {
	for _, g := range k.cfg.SyncGroups {
		for _, t := range g.Tracking.Interfaces {
			k.exists(t.Interface, t.Pos, "vrrp_sync_group "+g.Name+": tracked interface %s")
		}
	}
	for _, a := range k.cfg.StaticAddresses {
		k.exists(a.Dev, a.Pos, "static_ipaddress: interface %s")
	}
	k.routeInterfaces(k.cfg.StaticRoutes)
	k.ruleInterfaces(k.cfg.StaticRules)
	for _, g := range k.cfg.GARPGroups {
		for _, name := range g.Interfaces {
			k.exists(name, g.Pos, "garp_group: interface %s")
		}
	}
	for _, l := range k.cfg.Linkbeats {
		k.entry(l.Interface, l.Pos, "linkbeat_interfaces")
	}
	for _, l := range k.cfg.LinkDelays {
		k.entry(l.Interface, l.Pos, "interface_up_down_delays")
	}
}

// entry says whether the interface of a line that can be left out is there.
func (k *hostChecker) entry(name string, pos Pos, where string) {
	if _, ok := k.h.Interface(name); !ok {
		k.c.add(codeInterfaceEntry, pos, "%s: interface %s does not exist; ignored", where, name)
	}
}

func (k *hostChecker) routeInterfaces(routes []Route) {
	for _, r := range routes {
		k.exists(r.Dev, r.Pos, "route: interface %s")
		for _, h := range r.NextHops {
			if h.Dev != r.Dev {
				k.exists(h.Dev, r.Pos, "route: interface %s of a nexthop")
			}
		}
		if _, ok := k.h.Interface(r.VRF); r.VRF != "" && !ok {
			k.c.add(codeName, r.Pos, "route: there is no VRF %s", r.VRF)
		}
	}
}

func (k *hostChecker) ruleInterfaces(rules []Rule) {
	for _, r := range rules {
		k.exists(r.IIF, r.Pos, "rule: interface %s")
		k.exists(r.OIF, r.Pos, "rule: interface %s")
	}
}

// routeNames looks up the names of tables and the like that are not built in, if
// the host can.
func (k *hostChecker) routeNames() {
	names, ok := k.h.(RouteNames)
	if !ok {
		return
	}
	look := func(kind string, n Named, pos Pos) {
		if n.ID != unknownID {
			return
		}
		if _, ok := names.RouteName(kind, n.Name); !ok {
			k.c.add(codeName, pos, "%s %s is not in the tables of iproute2", kind, n.Name)
		}
	}
	for _, r := range k.allRoutes() {
		look(nameTable, r.Table, r.Pos)
		look(nameProtocol, r.Protocol, r.Pos)
		look(nameTOS, r.TOS, r.Pos)
		if r.Scope != nil {
			look(nameScope, *r.Scope, r.Pos)
		}
	}
	for _, r := range k.allRules() {
		look(nameTable, r.Table, r.Pos)
		look(nameProtocol, r.Protocol, r.Pos)
		look(nameTOS, r.TOS, r.Pos)
		if r.SuppressIf != nil {
			look(nameGroup, *r.SuppressIf, r.Pos)
		}
	}
}

func (k *hostChecker) allRoutes() []Route {
	out := k.cfg.StaticRoutes[:len(k.cfg.StaticRoutes):len(k.cfg.StaticRoutes)]
	for _, vi := range k.cfg.Instances {
		out = append(out, vi.Routes...)
	}
	return out
}

func (k *hostChecker) allRules() []Rule {
	out := k.cfg.StaticRules[:len(k.cfg.StaticRules):len(k.cfg.StaticRules)]
	for _, vi := range k.cfg.Instances {
		out = append(out, vi.Rules...)
	}
	return out
}

// vrrpHooks compares the scripts of instances, groups, FIFOs and the daemon with
// the machine.
func (k *hostChecker) vrrpHooks() {
	for _, vi := range k.cfg.Instances {
		for n, cmd := range []*Command{vi.NotifyMaster, vi.NotifyBackup, vi.NotifyFault, vi.NotifyStop, vi.Notify} {
			k.hook("("+vi.Name+")", notifyWords[n], cmd)
		}
		k.hook("("+vi.Name+")", "notify_deleted", vi.NotifyDeleted)
		k.hook("("+vi.Name+")", "notify_master_rx_lower_pri", vi.NotifyRxLowerPrio)
	}
	for _, g := range k.cfg.SyncGroups {
		for n, cmd := range []*Command{g.NotifyMaster, g.NotifyBackup, g.NotifyFault, g.NotifyStop, g.Notify} {
			k.hook("vrrp_sync_group "+g.Name+":", notifyWords[n], cmd)
		}
	}
	fifos := k.cfg.Global.FIFOs
	if len(k.cfg.Instances) > 0 {
		k.hook("global_defs:", "notify_fifo_script", fifos.All.Script)
		k.hook("global_defs:", "vrrp_notify_fifo_script", fifos.VRRP.Script)
	}
	if len(k.cfg.VirtualServers) > 0 {
		k.hook("global_defs:", "lvs_notify_fifo_script", fifos.Checker.Script)
	}
	for _, cmd := range []*Command{k.cfg.Global.Daemon.StartupScript, k.cfg.Global.Daemon.ShutdownScript} {
		if cmd != nil && k.account(cmd.User, cmd.Group, cmd.Pos, "") {
			k.hook("global_defs:", "startup or shutdown script", cmd)
		}
	}
}
