// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"vipward/conf"
	"vipward/vrrp"
	"vipward/watchdog"
)

// vrrpWorker is the work of the vrrp child.
func vrrpWorker(st station) worker {
	reloads := make(chan vrrp.Reload)
	questions := make(chan vrrp.Question)
	asks := make(chan vrrp.Ask)
	env := vrrp.Env{
		Config: st.config, State: st.state, Owner: "vrrp " + st.opts.pid, Reload: reloads, Questions: questions, Log: st.log, Ready: st.ready,
		Ask: asks, Tell: func(n vrrp.News) { st.tell(n) },
		SyncDaemons: openSyncDaemons(&st.config.Global.Daemon),
		Progress:    st.progress, Keep: st.opts.keepVRRP, ReleaseAll: st.opts.releaseVIPs,
	}
	return worker{
		run: func(ctx context.Context) error { return vrrp.Run(ctx, env) },
		reload: func(ctx context.Context, cfg *conf.Config) error {
			done := make(chan error, 1)
			answer, err := ask(ctx, reloads, vrrp.Reload{Config: cfg, Done: done}, done)
			if err != nil {
				return err
			}
			return answer
		},
		dump: func(ctx context.Context, v watchdog.View) (string, error) {
			view, ok := vrrpViews[v]
			if !ok {
				return "", fmt.Errorf("there is no view %q of the vrrp process", v)
			}
			reply := make(chan string, 1)
			return ask(ctx, questions, vrrp.Question{View: view, Reply: reply}, reply)
		},
		alive: coming(asks, func(done chan<- error) vrrp.Ask { return vrrp.Ask{Done: done} }),
		ask: answering(asks, func(order *vrrp.Order, done chan<- error) vrrp.Ask {
			return vrrp.Ask{Order: order, Done: done}
		}, func(reply chan<- vrrp.Status) vrrp.Ask { return vrrp.Ask{Reply: reply} }),
	}
}

// openSyncDaemons opens the sync daemons of the kernel's IPVS.
func openSyncDaemons(d *conf.Daemon) func() (vrrp.SyncDaemons, error) {
	open := openIPVS(within(ipvsNamespace(d)))
	return func() (vrrp.SyncDaemons, error) {
		k, err := open()
		if err != nil {
			return nil, err // not k: a nil kernel is no nil interface
		}
		return k, nil
	}
}

// vrrpViews are the views that the vrrp child has.
var vrrpViews = map[watchdog.View]vrrp.View{
	watchdog.ViewData: vrrp.Data, watchdog.ViewStats: vrrp.Stats, watchdog.ViewStatsClear: vrrp.StatsClear, watchdog.ViewJSON: vrrp.JSON,
}
