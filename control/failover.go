// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"vipward/vrrp"
)

// Failover is the body of a request for one.
type Failover struct {
	// Force makes the master step down even if no other router has taken over.
	Force bool `json:"force"`
}

// FailoverResult is how one ended.
type FailoverResult struct {
	Instance string  `json:"instance"`
	Master   string  `json:"master,omitempty"` // the new one, if it was heard
	Seconds  float64 `json:"seconds"`          // that it took
	Forced   bool    `json:"forced"`           // nobody had taken over by itself
}

// lookAgain is the time between two looks at an instance that is to lose the mastership.
const lookAgain = 50 * time.Millisecond

// postFailover hands the mastership over. The guard is the protocol itself: the master goes
// on with priority 1, so that a backup that is ready takes over while the addresses are
// still served here. If none does, the priority comes back and nothing has happened.
// Afterwards the instance rests until maintenance is taken back.
func (s *Server) postFailover(w http.ResponseWriter, q *http.Request) error {
	var body Failover
	if err := read(q, &body); err != nil {
		return err
	}
	name := q.PathValue("name")
	result := FailoverResult{Instance: name}
	what := "failover " + name
	if body.Force {
		what += " by force"
	}
	if err := s.action(q, what, func() error { return s.failover(q.Context(), body.Force, &result) }); err != nil {
		return err
	}
	return ok(w, result)
}

func (s *Server) failover(ctx context.Context, force bool, r *FailoverResult) error {
	began := time.Now()
	members, err := s.members(ctx, r.Instance)
	if err != nil {
		return err
	}
	if !anyMaster(members) {
		return refuse(http.StatusConflict, "%s is not master here", r.Instance)
	}
	if err := s.tellVRRP(ctx, vrrp.Order{Instance: r.Instance, Rest: true}); err != nil {
		return err
	}
	limit := patience(members)
	left, err := s.awaitOther(ctx, limit, r)
	if err == nil && !left && force {
		r.Forced = true
		if err = s.tellVRRP(ctx, vrrp.Order{Instance: r.Instance, Rest: true, Yield: true}); err == nil {
			left, err = s.awaitOther(ctx, limit, r)
		}
	}
	r.Seconds = time.Since(began).Seconds()
	if err == nil && left {
		return nil
	}
	// Whoever asked may be gone, but the priority must come back all the same.
	back := context.WithoutCancel(ctx)
	if undo := s.tellVRRP(back, vrrp.Order{Instance: r.Instance}); undo != nil {
		return fmt.Errorf("%s keeps priority 1: %w", r.Instance, undo)
	}
	if err != nil {
		return err
	}
	return refuse(http.StatusConflict, "no other router took over %s within %v: it stays master with its own priority", r.Instance, limit.Round(time.Millisecond))
}

// members gives an instance, or those of a sync group, as they are now.
func (s *Server) members(ctx context.Context, name string) ([]vrrp.InstanceStatus, error) {
	s.vrrp.forget()
	v, err := s.theVRRP(ctx)
	if err != nil {
		return nil, err
	}
	var out []vrrp.InstanceStatus
	for _, vi := range v.Instances {
		if vi.Name == name || vi.Group == name {
			out = append(out, vi)
		}
	}
	if len(out) == 0 {
		return nil, refuse(http.StatusNotFound, "there is no instance or sync group %q", name)
	}
	return out, nil
}

func anyMaster(list []vrrp.InstanceStatus) bool {
	for _, vi := range list {
		if vi.State == "MASTER" {
			return true
		}
	}
	return false
}

// patience is how long a backup may take: it waits for its master-down time, three
// intervals and up to one more, and then says so.
func patience(list []vrrp.InstanceStatus) time.Duration {
	longest := 0.0
	for _, vi := range list {
		longest = max(longest, float64(vi.Interval))
	}
	return time.Duration((5*longest + 1) * float64(time.Second))
}

// awaitOther waits until no member is master any more.
func (s *Server) awaitOther(ctx context.Context, limit time.Duration, r *FailoverResult) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		members, err := s.members(ctx, r.Instance)
		switch {
		case ctx.Err() != nil:
			return false, nil
		case err != nil:
			return false, err
		case !anyMaster(members):
			if m := members[0].Master; m != nil {
				r.Master = m.Address.String()
			}
			return true, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, nil
		}
	}
}
