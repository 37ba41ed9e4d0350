// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"vipward/conf"
	"vipward/notify"
)

const (
	// scriptsAtOnce is how many servers' scripts run at a time. 10,000 that fail together
	// would else start 10,000 programs.
	scriptsAtOnce = 64
	// recordSize is that of a long record, fifoRoom the most that may wait in a FIFO.
	recordSize = 128
	fifoRoom   = 16 << 20
)

// hooks is who is told of changes. No method but drain waits for anybody.
type hooks interface {
	// use goes over to the scripts and FIFOs of a configuration.
	use(cfg *conf.Config)
	tell(n notice)
	mail(a alert)
	// made lists the FIFOs that are ours to remove.
	made() []notify.MadeFIFO
	// drain lets scripts and readers of FIFOs come to their end, within limits.
	drain()
}

// herald tells the operator's scripts and FIFOs.
type herald struct {
	queue    *notify.Queue
	pipes    *notify.Pipes
	mailer   *notify.Mailer
	log      *slog.Logger
	programs map[*conf.Command]notify.Command // those that can be run
}

// newHerald makes a herald that knows no script yet. The FIFOs that a predecessor made are
// taken over.
func newHerald(r *notify.Runner, made []notify.MadeFIFO, log *slog.Logger) *herald {
	q := notify.NewQueue(r, log)
	q.Limit(scriptsAtOnce)
	return &herald{queue: q, pipes: notify.NewPipes(r, "lvs", made, log), mailer: notify.NewMailer(log), log: log}
}

// use implements hooks.
func (h *herald) use(cfg *conf.Config) {
	h.programs = map[*conf.Command]notify.Command{}
	d := notify.DefaultsOf(cfg.Global)
	for _, vs := range cfg.VirtualServers {
		h.find(vs.QuorumUp, d)
		h.find(vs.QuorumDown, d)
		for _, rs := range vs.RealServers {
			h.find(rs.NotifyUp, d)
			h.find(rs.NotifyDown, d)
		}
	}
	h.pipes.Set(h.findPipes(cfg, d))
	h.mailer.Set(notify.MailSettingsOf(&cfg.Global))
}

// find looks up a command, and says when it cannot be run.
func (h *herald) find(c *conf.Command, d notify.Defaults) {
	if c == nil || len(c.Args) == 0 {
		return
	}
	cmd, err := notify.Resolve(*c, d)
	if err != nil {
		h.log.Warn(err.Error())
		var re *notify.ResolveError
		if errors.As(err, &re) && re.Verdict == notify.UnknownUser {
			h.log.Warn(lineUserIgnored(c))
		}
		return
	}
	if cmd.Unsafe != "" {
		h.log.Warn(cmd.UnsafeLine())
	}
	h.programs[c] = cmd
}

// findPipes gives the FIFOs to write to. The program that reads notify_fifo is
// the vrrp process's, when there is one.
func (h *herald) findPipes(cfg *conf.Config, d notify.Defaults) []notify.Pipe {
	var pipes []notify.Pipe
	add := func(name string, f conf.FIFO, reader bool) {
		if f.Path == "" {
			return
		}
		owner, err := notify.ResolveOwner(f, d)
		if err != nil {
			h.log.Warn(err.Error())
			h.log.Warn(fmt.Sprintf("Invalid user/group for %s fifo %s - ignoring", name, f.Path))
			return
		}
		pipe := notify.Pipe{Name: name, Path: f.Path, Owner: owner, Room: roomFor(cfg)}
		if reader && f.Script != nil {
			h.find(f.Script, d)
			if cmd, ok := h.programs[f.Script]; ok {
				pipe.Reader = &cmd
			}
		}
		pipes = append(pipes, pipe)
	}
	add("notify", cfg.Global.FIFOs.All, len(cfg.Instances) == 0)
	add("lvs_notify", cfg.Global.FIFOs.Checker, true)
	return pipes
}

// roomFor is the room for the records that nobody has read yet: all servers may go and come
// at once.
func roomFor(cfg *conf.Config) int {
	n := 0
	for _, vs := range cfg.VirtualServers {
		n += 1 + len(vs.RealServers)
	}
	return min(n*2*recordSize, fifoRoom)
}

// tell implements hooks: it writes the record, and runs the script if there is
// one.
func (h *herald) tell(n notice) {
	h.pipes.Write(n.record())
	if cmd, ok := h.programs[n.command()]; ok {
		h.queue.Add(notify.Job{Key: n.key(), State: n.word(), Commands: []notify.Command{cmd}})
	}
}

// mail implements hooks.
func (h *herald) mail(a alert) { h.mailer.Send(notify.Mail{Subject: a.subject, Body: a.body}) }

// made implements hooks.
func (h *herald) made() []notify.MadeFIFO { return h.pipes.Made() }

// drain implements hooks.
func (h *herald) drain() {
	var g errgroup.Group
	g.Go(func() error {
		h.queue.Drain()
		return nil
	})
	g.Go(func() error {
		h.mailer.Drain()
		return nil
	})
	h.pipes.Drain()
	_ = g.Wait() // it has no error
}
