// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"net"
	"os"

	"vipward/conf"
	"vipward/netif"
	"vipward/watchdog"
)

// hooks is what the parent does besides supervising.
type hooks struct {
	log     *slog.Logger
	launch  launch
	dumpDir string
}

// phase tells the outside how far the daemon is.
func (h *hooks) phase(p watchdog.Phase) {
	watchdog.NotifySystemd(h.log, p)
	if p == watchdog.Running {
		h.launch.up()
	}
}

// dumped writes what a process said about its state.
func (h *hooks) dumped(r watchdog.Role, p watchdog.Plan, text string) {
	if r == "" {
		h.log.Info(lineDump(r, os.Getpid()))
		if cfg, err := conf.FromSnapshot(p.Snapshot); err == nil {
			text = describeGlobal(&cfg.Global) + text
		}
	}
	report(h.log, writeDump(h.dumpDir, dumpName(r), text))
}

// orphan takes the virtual addresses away when no vrrp child can: the other node is master
// by now, and two must not hold them; and after a stop nothing may be left.
func (h *hooks) orphan(r watchdog.Role, p watchdog.Plan) {
	if r != watchdog.VRRP {
		return
	}
	cfg, err := conf.FromSnapshot(p.Snapshot)
	if err != nil {
		h.log.Error("remove the VIPs of the dead VRRP process: " + err.Error())
		return
	}
	h.removeVIPs(cfg)
}

func (h *hooks) removeVIPs(cfg *conf.Config) {
	addrs, err := netif.OpenAddrs()
	if err != nil {
		h.log.Error("remove the VIPs of the dead VRRP process: " + err.Error())
		return
	}
	defer addrs.Close()
	for _, err := range addrs.Apply(removals(cfg, interfaceIndex)) {
		report(h.log, err)
	}
}

// removals lists the deletion of all virtual addresses; those of interfaces that are gone
// are gone as well.
func removals(cfg *conf.Config, index func(name string) (int, bool)) []netif.Op {
	var ops []netif.Op
	for _, vi := range cfg.Instances {
		for _, list := range [][]conf.Address{vi.VIPs, vi.ExcludedVIPs} {
			for _, a := range list {
				dev := a.Dev
				if dev == "" {
					dev = vi.Interface
				}
				if i, ok := index(dev); ok {
					ops = append(ops, netif.Op{Addr: netif.Addr{Prefix: a.Prefix, Index: i, Label: a.Label, Scope: a.Scope, Broadcast: a.Broadcast}})
				}
			}
		}
	}
	return ops
}

func interfaceIndex(name string) (int, bool) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return 0, false
	}
	return ifi.Index, true
}
