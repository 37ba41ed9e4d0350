// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"vipward/conf"
	"vipward/vrrp"
)

// vrrpWorker is the work of the vrrp child.
func vrrpWorker(st station) worker {
	reloads := make(chan vrrp.Reload)
	dumps := make(chan chan<- string)
	env := vrrp.Env{
		Config: st.config, State: st.state, Reload: reloads, Dump: dumps, Log: st.log, Ready: st.ready,
		Keep: st.opts.keepVRRP, ReleaseAll: st.opts.releaseVIPs,
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
		dump: func(ctx context.Context) (string, error) {
			reply := make(chan string, 1)
			return ask(ctx, dumps, (chan<- string)(reply), reply)
		},
	}
}
