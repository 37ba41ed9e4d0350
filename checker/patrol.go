// SPDX-License-Identifier: Apache-2.0

package checker

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"vipward/ipvs"
)

// patrol is a look at all our services in the kernel, one after another: to read a large table in
// one go would hold up the checks.
type patrol struct {
	services map[ipvs.Key]ipvs.Service // in the kernel, also those of others
	left     []ipvs.Key                // to be looked at
	dests    []ipvs.Dest               // of the one that was looked at
	drift    int                       // what others had changed
}

// look goes on with the round that is due, by one service, and mends what others have changed
// of it. It says whether the round is over. After an error all is read at once, and made equal
// to what want gives.
func (t *table) look(now time.Time, want func() ipvs.Table) bool {
	if t.kernel == nil || !t.repairAt.IsZero() {
		t.sync(now, want())
		return true
	}
	var err error
	switch {
	case t.round == nil:
		t.round, err = t.begin()
	case len(t.round.left) > 0:
		k := t.round.left[0]
		t.round.left = t.round.left[1:]
		err = t.inspect(k)
	default:
		t.finish(now)
		return true
	}
	if err == nil {
		return false
	}
	t.report(err.Error())
	t.repairLater(now)
	return true
}

// begin reads what services there are, and looks at the settings.
func (t *table) begin() (*patrol, error) {
	tuned := t.tune()
	services, err := t.kernel.Services()
	if err != nil {
		err = errors.Join(err, t.close()) // the next attempt begins with a new socket
	}
	if err := errors.Join(tuned.err, err); err != nil {
		return nil, fmt.Errorf("IPVS: %w", err)
	}
	r := &patrol{services: make(map[ipvs.Key]ipvs.Service, len(services)), drift: tuned.drift}
	for _, s := range services {
		r.services[s.Key] = s
	}
	for k := range t.have {
		r.left = append(r.left, k)
	}
	slices.SortFunc(r.left, ipvs.Key.Compare)
	return r, nil
}

// inspect compares one service with what is known of it.
func (t *table) inspect(k ipvs.Key) error {
	want, ours := t.have[k]
	if !ours || want.Service.Key != k {
		return nil
	}
	var have ipvs.Table
	if s, there := t.round.services[k]; there {
		var err error
		if t.round.dests, err = t.kernel.Dests(k, t.round.dests); err != nil {
			return fmt.Errorf("IPVS: %w", errors.Join(err, t.close()))
		}
		have = ipvs.Table{{Service: s, Dests: t.round.dests}}
	}
	n := t.total
	trouble := t.change(have, ipvs.Table{want})
	t.round.drift += t.total - n
	if trouble != "" {
		return errors.New(trouble)
	}
	return nil
}

// finish tells what was found.
func (t *table) finish(now time.Time) {
	t.tellDrift(t.round.drift)
	t.round = nil
	t.nextAudit(now, len(t.have) > 0)
}

// tellDrift tells how much others had changed.
func (t *table) tellDrift(n int) {
	if n > 0 {
		t.repaired += n
		t.log.Warn(lineDrift(n))
	}
}

// nextAudit plans the next look, if there is something to look at.
func (t *table) nextAudit(now time.Time, services bool) {
	if t.auditAt = (time.Time{}); services || !t.tuning.idle() {
		t.auditAt = now.Add(auditEvery)
	}
}
