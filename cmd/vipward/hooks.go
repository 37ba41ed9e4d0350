// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"

	"vipward/checker"
	"vipward/conf"
	"vipward/netif"
	"vipward/vrrp"
	"vipward/watchdog"
)

// hooks is what the parent does besides supervising.
type hooks struct {
	log     *slog.Logger
	launch  launch
	opts    *options
	global  atomic.Pointer[conf.Global] // of the newest configuration
	up      bool                        // the daemon was up before
	saved   func(watchdog.Role) []byte  // a dead child's state
	discard func(watchdog.Role) error   // forgets it
}

// daemon is the part of the configuration that the parent works with.
func (h *hooks) daemon() conf.Daemon { return h.global.Load().Daemon }

// phase tells the outside how far the daemon is.
func (h *hooks) phase(p watchdog.Phase) {
	watchdog.NotifySystemd(h.log, p, cmp.Or(h.daemon().ChildWaitTime, watchdog.DefaultStopTimeout))
	if p == watchdog.Running {
		h.launch.up()
		if h.up {
			tidy() // after a reload
			return
		}
		h.up = true
		settle()
	}
}

// dumped writes what a process said about its state.
func (h *hooks) dumped(d watchdog.Dumped) {
	global := h.global.Load()
	if d.Role == "" {
		h.log.Info(lineDump(d.Role, d.View, os.Getpid()))
		d.Text = describeGlobal(global) + d.Text
	}
	if d.View == watchdog.ViewJSON && d.Text == "" {
		return // no instance: as keepalived, no file
	}
	files := newDumpFiles(os.Getenv("TMPDIR"), global.Daemon)
	report(h.log, writeDump(files.path(d.Role, d.View), d.Text))
}

// orphan takes away what a dead child has left behind.
func (h *hooks) orphan(o watchdog.Orphan) {
	cfg, _, err := decode(o.Plan.Snapshot, nil)
	switch {
	case err != nil:
		h.log.Error(fmt.Sprintf("undo what the dead %s process did: %v", o.Role, err))
	case o.Role == watchdog.Checker:
		h.checkerOrphan(o, cfg)
	default:
		h.vrrpOrphan(o, cfg)
	}
}

// checkerOrphan takes the virtual servers away at the end of the daemon. Until then they
// serve: connections need nobody for that, and a successor takes them over.
func (h *hooks) checkerOrphan(o watchdog.Orphan, cfg *conf.Config) {
	if o.Delay > 0 {
		return
	}
	h.log.Warn("Removing the virtual servers of the dead Healthcheck process")
	where := within(ipvsNamespace(&cfg.Global.Daemon))
	report(h.log, checker.Undo(h.saved(o.Role), checker.Env{
		Config: cfg, Kernel: openIPVS(where), Within: where, Keep: h.opts.keepIPVS, Log: h.log,
	}))
	report(h.log, h.discard(o.Role))
}

// vrrpOrphan takes the virtual addresses away when no vrrp child is there to hold them: the
// other node will be master, and two must not have them; and after a stop nothing may be
// left. A successor that is there before the other node takes over keeps them instead.
func (h *hooks) vrrpOrphan(o watchdog.Orphan, cfg *conf.Config) {
	if o.Delay > 0 && o.Delay < takeOver(cfg) {
		return
	}
	state := h.saved(o.Role)
	if o.Delay > 0 || !h.opts.keepVRRP {
		h.log.Warn("Removing the VIPs of the dead VRRP process")
		// What it held counts, and not the plan alone: a reload may have come in between.
		held := vrrp.Held(state, o.Delay <= 0)
		h.remove(append(removals(cfg, interfaceIndex), netif.Plan(held, netif.Holdings{})...))
		report(h.log, vrrp.UndoLinks(state))
		report(h.log, vrrp.UndoFirewall(state, h.log))
	}
	report(h.log, vrrp.RemoveFIFOs(state))
	report(h.log, vrrp.UndoSync(state, openSyncDaemons(&cfg.Global.Daemon)))
	// The successor is no master that goes on.
	report(h.log, h.discard(o.Role))
}

// takeOver is how soon another node may be master: after three adverts are missing.
func takeOver(cfg *conf.Config) time.Duration {
	var soonest time.Duration
	for i, vi := range cfg.Instances {
		if d := 3 * vi.AdvertInt; i == 0 || d < soonest {
			soonest = d
		}
	}
	return soonest
}

func (h *hooks) remove(ops []netif.Op) {
	addrs, err := netif.OpenKernel()
	if err != nil {
		h.log.Error("remove the VIPs of the dead VRRP process: " + err.Error())
		return
	}
	defer addrs.Close()
	for _, err := range addrs.Apply(ops) {
		report(h.log, err)
	}
}

// removals lists the deletion of all virtual addresses; those of interfaces that are gone
// are gone as well.
func removals(cfg *conf.Config, index func(name string) (int, bool)) []netif.Op {
	var all netif.Holdings
	for _, vi := range cfg.Instances {
		for _, list := range [][]conf.Address{vi.VIPs, vi.ExcludedVIPs} {
			for _, a := range list {
				dev := a.Dev
				if dev == "" {
					dev = vi.Interface
				}
				if i, ok := index(dev); ok {
					all.Addrs = append(all.Addrs, netif.NewAddr(a, i))
				}
			}
		}
	}
	return netif.Plan(all, netif.Holdings{})
}

func interfaceIndex(name string) (int, bool) {
	ifi, err := net.InterfaceByName(name)
	if err != nil {
		return 0, false
	}
	return ifi.Index, true
}
