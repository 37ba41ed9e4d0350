// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"time"

	"vipward/ipvs"
	"vipward/netif/nft"
)

// Undo does what the stop of a checker process would have done that is dead: what it put into
// the table goes, its marks and its FIFOs, and the settings of IPVS are what they were. With
// Keep the table and the marks stay. Of env it needs Config, Kernel, Within, Keep and Log.
func Undo(state []byte, env Env) error {
	tables := nft.New(env.Log)
	return errors.Join(undo(state, env, tables), tables.Close())
}

func undo(state []byte, env Env, tables markTables) error {
	if len(state) == 0 {
		return nil // it had not begun
	}
	known, err := decode(state)
	if err != nil {
		return err
	}
	errs := []error{undoTable(env, &known)}
	for _, f := range known.FIFOs {
		errs = append(errs, f.Remove())
	}
	if table := env.Config.Global.Firewall.IPVSTable; table != "" && !env.Keep {
		errs = append(errs, env.Within(func() error { return tables.SetMarks(nft.Marks{Table: table}) }))
	}
	return errors.Join(errs...)
}

// undoTable is the part of IPVS.
func undoTable(env Env, known *saved) error {
	var ours []ipvs.Key
	if !env.Keep {
		ours = env.reached(known)
	}
	t := newTable(env.Kernel, env.Log, ours)
	t.tuning.tuned = known.Tuned
	p, err := t.prepare(nil)
	if err != nil || t.kernel == nil {
		return err
	}
	return errors.Join(p.err, env.cleared(t), t.close())
}

// reached are the services that the dead process may have made: it had changed the table
// before it saved what it knows of it.
func (e *Env) reached(known *saved) []ipvs.Key {
	keys := known.keys()
	marks := known.Marks
	cfg, _ := marks.take(e.Config)
	for _, vs := range cfg.VirtualServers {
		for _, s := range services(vs) {
			keys = append(keys, s.Key)
		}
	}
	return keys
}

// cleared deletes what is ours, as it is in the kernel.
func (e *Env) cleared(t *table) error {
	if e.Keep {
		return nil
	}
	if how := e.Config.Global.Checker.FlushOnStop; how == clearAll {
		return t.clear(time.Now(), how)
	}
	have, err := t.read()
	if err != nil {
		return fmt.Errorf("IPVS: %w", err)
	}
	if trouble := t.change(have, nil); trouble != "" {
		return errors.New(trouble)
	}
	return nil
}
