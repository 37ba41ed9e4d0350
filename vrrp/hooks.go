// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"strconv"
	"time"

	"vipward/conf"
	"vipward/notify"
	"vipward/vrrp/election"
)

// stopLimit is how long an ordered stop waits for the stop scripts, as keepalived.
const stopLimit = time.Second

// programs are the commands of a configuration that can be run. They are looked up in the
// file system before the loop gets the configuration, since a disk may be slow.
type programs map[*conf.Command]notify.Command

// findPrograms looks up every command of cfg, and says which cannot be run.
func findPrograms(cfg *conf.Config, log *slog.Logger) programs {
	found := programs{}
	for _, s := range cfg.Scripts {
		found.find(&s.Command, cfg.Global, log)
	}
	for _, vi := range cfg.Instances {
		for _, c := range []*conf.Command{vi.NotifyMaster, vi.NotifyBackup, vi.NotifyFault, vi.NotifyStop, vi.Notify} {
			if c != nil {
				found.find(c, cfg.Global, log)
			}
		}
	}
	return found
}

func (p programs) find(c *conf.Command, g conf.Global, log *slog.Logger) {
	cmd, err := notify.Resolve(*c, notify.Defaults{User: g.ScriptUser, Group: g.ScriptGroup, Secure: g.EnableScriptSecurity})
	if err != nil {
		log.Warn(err.Error())
		return
	}
	if cmd.Unsafe != "" {
		log.Warn(unsafeScriptLine(cmd))
	}
	p[c] = cmd
}

// hooks runs the notify scripts.
type hooks struct {
	queue    *notify.Queue
	programs programs
}

// transition runs the script of the new state and then the generic one, with keepalived's
// arguments. Nothing waits for them.
func (h *hooks) transition(c *conf.Instance, t election.Transition) {
	state := hookState(t.To)
	job := notify.Job{Key: c.Name, State: state}
	if cmd, ok := h.programs[stateHook(c, t.To)]; ok {
		job.Commands = append(job.Commands, cmd)
	}
	if cmd, ok := h.programs[c.Notify]; ok {
		job.Commands = append(job.Commands,
			cmd.With("INSTANCE", c.Name, state, strconv.Itoa(int(t.Priority))))
	}
	h.queue.Add(job)
}

// deleted tells the generic script that a reload took the instance away. As keepalived, it
// says FAULT, and no other script runs.
func (h *hooks) deleted(c *conf.Instance, t election.Transition) {
	if cmd, ok := h.programs[c.Notify]; ok {
		state := hookState(election.FaultState)
		h.queue.Add(notify.Job{Key: c.Name, State: state, Commands: []notify.Command{
			cmd.With("INSTANCE", c.Name, state, strconv.Itoa(int(t.Priority))),
		}})
	}
}

// drain waits for the stop scripts, within stopLimit.
func (h *hooks) drain(log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := h.queue.Drain(ctx); err != nil {
		log.Info(err.Error())
	}
}

// stateHook is the script that is configured for a state; nil when there is none.
func stateHook(c *conf.Instance, s election.State) *conf.Command {
	switch s {
	case election.Master:
		return c.NotifyMaster
	case election.Backup:
		return c.NotifyBackup
	case election.FaultState:
		return c.NotifyFault
	case election.Stopped:
		return c.NotifyStop
	case election.Init:
	}
	return nil
}

// hookState is how scripts are told a state.
func hookState(s election.State) string {
	switch s {
	case election.Master:
		return "MASTER"
	case election.Backup:
		return "BACKUP"
	case election.FaultState:
		return "FAULT"
	case election.Stopped:
		return "STOP"
	case election.Init:
	}
	return "INIT"
}
