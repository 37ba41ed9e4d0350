// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"time"

	"vipward/ipvs"
)

// prepared is what became of the settings of IPVS.
type prepared struct {
	drift int   // settings that others had changed
	err   error // which does not hold up the table
}

// prepare opens the kernel and does what comes before the services, in keepalived's order:
// timeouts, sync daemons, the flush. The services of want are ours from now on, whatever
// becomes of the attempt to change them.
func (t *table) prepare(want ipvs.Table) (prepared, error) {
	for _, e := range want {
		if _, ok := t.have[e.Service.Key]; !ok {
			t.have[e.Service.Key] = ipvs.Entry{}
		}
	}
	if t.kernel == nil {
		if len(t.have) == 0 && t.tuning.idle() && !t.flush {
			return prepared{}, nil // nothing to do, so IPVS is not needed
		}
		k, err := t.open()
		if err != nil {
			return prepared{}, err
		}
		t.kernel = k
	}
	p := t.tune()
	if !t.flush {
		return p, nil
	}
	err := t.kernel.Flush()
	t.flush = err != nil
	return p, err
}

// tune brings the settings to what is wanted. What they were is saved first.
func (t *table) tune() prepared {
	learned, err := t.tuning.learn(t.kernel)
	if learned {
		t.keep()
	}
	if err != nil {
		return prepared{err: err}
	}
	n, err := t.tuning.apply(t.kernel)
	return prepared{n, err}
}

// The ways to clear the table at the end, see lvs_flush_on_stop.
const (
	clearOurs     = ""    // our services, which take their destinations with them
	clearServices = "VS"  // the same without a line for each destination
	clearAll      = "all" // those of others too
)

// end takes what is ours out of the kernel and puts its settings back.
func (t *table) end(now time.Time, how string) {
	if err := t.clear(now, how); err != nil {
		t.log.Error(err.Error())
	}
	t.putBack()
}

// putBack makes the settings what they were before.
func (t *table) putBack() {
	t.tuning.follow(settings{})
	if t.kernel == nil {
		return
	}
	if _, err := t.tuning.apply(t.kernel); err != nil {
		t.log.Error("IPVS: " + err.Error())
	}
}

// clear deletes our services by what is known of them, so that the time it takes is that of
// the services alone, however many servers they have.
func (t *table) clear(now time.Time, how string) error {
	if t.kernel == nil {
		t.sync(now, nil)
		return nil
	}
	if how == clearAll {
		if err := t.kernel.Flush(); err != nil {
			return fmt.Errorf("IPVS: %w", err)
		}
		clear(t.have)
		return nil
	}
	if trouble := t.change(t.ours(), nil); trouble != "" {
		return errors.New(trouble)
	}
	clear(t.have)
	return nil
}
