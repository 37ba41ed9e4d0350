// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"vipward/checker"
	"vipward/conf"
	"vipward/internal/sched"
	"vipward/watchdog"
)

// checkerWorker is the work of the checker child.
func checkerWorker(st station) worker {
	reloads := make(chan checker.Reload)
	dumps := make(chan chan<- string)
	asks := make(chan checker.Ask)
	where := within(ipvsNamespace(&st.config.Global.Daemon)) // a reload cannot change it
	env := checker.Env{
		Config: st.config, State: st.state, Owner: "checker " + st.opts.pid, Reload: reloads, Dump: dumps, Log: st.log,
		Ready: func() { st.ready(); settle() },
		Ask:   asks, Tell: func(n checker.News) { st.tell(n) },
		Kernel: openIPVS(where), Within: where, Keep: st.opts.keepIPVS, Progress: st.progress,
	}
	first := env.Config
	env.Config, st.config = nil, nil // or it would stay in memory after a reload
	schedule := checkerSchedule(first.Global.Daemon.CheckerProcess)
	scheduleChecker(schedule, sched.Schedule{}, st.log) // before a reload may come
	return worker{
		run: func(ctx context.Context) error {
			env := env
			env.Config, first = first, nil
			return checker.Run(ctx, env)
		},
		reload: func(ctx context.Context, cfg *conf.Config) error {
			next := checkerSchedule(cfg.Global.Daemon.CheckerProcess)
			scheduleChecker(next, schedule, st.log)
			schedule = next
			done := make(chan error, 1)
			answer, err := ask(ctx, reloads, checker.Reload{Config: cfg, Done: done}, done)
			if err != nil {
				return err
			}
			tidy()
			return answer
		},
		dump: func(ctx context.Context, _ watchdog.View) (string, error) {
			reply := make(chan string, 1)
			return ask(ctx, dumps, (chan<- string)(reply), reply)
		},
		alive: coming(asks, func(done chan<- error) checker.Ask { return checker.Ask{Done: done} }),
		ask: answering(asks, func(order *checker.Order, done chan<- error) checker.Ask {
			return checker.Ask{Order: order, Done: done}
		}, func(reply chan<- checker.View) checker.Ask { return checker.Ask{Reply: reply} }),
	}
}
