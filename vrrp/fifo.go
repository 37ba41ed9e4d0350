// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"encoding/json"
	"errors"
	"log/slog"

	"vipward/conf"
	"vipward/notify"
)

// findPipes gives the FIFOs that a configuration wants this process to write to. The program
// that reads notify_fifo is started here and not by the checker, which writes to it too.
func findPipes(cfg *conf.Config, p programs, log *slog.Logger) []notify.Pipe {
	var pipes []notify.Pipe
	add := func(name string, f conf.FIFO) {
		if f.Path == "" {
			return
		}
		owner, err := notify.ResolveOwner(f, notify.DefaultsOf(cfg.Global))
		if err != nil {
			log.Warn(err.Error())
			log.Warn(fifoIgnoredLine(name, f.Path))
			return
		}
		pipe := notify.Pipe{Name: name, Path: f.Path, Owner: owner}
		if cmd, ok := p[f.Script]; ok {
			pipe.Reader = &cmd
		}
		pipes = append(pipes, pipe)
	}
	add("notify", cfg.Global.FIFOs.All)
	add("vrrp_notify", cfg.Global.FIFOs.VRRP)
	return pipes
}

// RemoveFIFOs removes the FIFOs that a vrrp child made and left when it died, by the state
// that it saved.
func RemoveFIFOs(state []byte) error {
	var s savedState
	if json.Unmarshal(state, &s) != nil {
		return nil // nothing saved, or nothing that can be understood
	}
	var errs []error
	for _, m := range s.FIFOs {
		errs = append(errs, m.Remove())
	}
	return errors.Join(errs...)
}
