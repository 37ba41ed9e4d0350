// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
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
	Master   string  `json:"master,omitempty"` // the new one; empty: none has been heard yet
	Seconds  float64 `json:"seconds"`          // that it took
	Forced   bool    `json:"forced"`           // nobody had taken over by itself
	// Problem is why the rest of the instance is not kept over a restart.
	Problem string `json:"problem,omitempty"`
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
	if err := s.action(w, q, what, func() error { return s.failover(q.Context(), body.Force, &result) }); err != nil {
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
		return refuse(http.StatusConflict, "%s is not master here%s", r.Instance, whoIs(members[0]))
	}
	err = s.tellVRRP(ctx, vrrp.Order{Instance: r.Instance, Rest: true})
	if refused(err) {
		if !s.rest(ctx, r.Instance) {
			return err // nothing has begun
		}
		r.Problem, err = err.Error(), nil
	}
	if err == nil {
		err = s.handOver(ctx, force, patience(members), r)
	}
	r.Seconds = time.Since(began).Seconds()
	if err == nil {
		return nil
	}
	// Whoever asked may be gone, but the priority must come back all the same; even if it is
	// not known whether the order was heard.
	return s.takeBack(context.WithoutCancel(ctx), r.Instance, members, err)
}

// handOver waits until another router has taken over from a master that rests. With force
// the master does not wait for one for ever, unless whoever asked has gone away meanwhile.
func (s *Server) handOver(ctx context.Context, force bool, limit time.Duration, r *FailoverResult) error {
	err := s.awaitOther(ctx, limit, r, false)
	if !force || !errors.Is(err, errNobody) {
		return err
	}
	r.Forced = true
	if err := s.tellVRRP(ctx, vrrp.Order{Instance: r.Instance, Rest: true, Yield: true}); err != nil && !refused(err) {
		return err
	}
	return s.awaitOther(ctx, limit, r, true)
}

// members gives what is meant by a name, as it is now.
func (s *Server) members(ctx context.Context, name string) ([]vrrp.InstanceStatus, error) {
	s.vrrp.forget()
	v, err := s.theVRRP(ctx)
	if err != nil {
		return nil, err
	}
	out := Members(v, name)
	if len(out) == 0 {
		return nil, refuse(http.StatusNotFound, "there is no instance or sync group %q%s", name, known(v))
	}
	return out, nil
}

// whoIs names the master that is heard.
func whoIs(vi vrrp.InstanceStatus) string {
	if vi.Master == nil {
		return fmt.Sprintf(": it is in state %s, and no master has been heard", vi.State)
	}
	return fmt.Sprintf(": %s is", vi.Master.Address)
}

// knownNames bounds how many names an error tells.
const knownNames = 10

// known lists the names that there are.
func known(v *vrrp.Status) string {
	var names []string
	for _, vi := range v.Instances {
		names = append(names, vi.Name)
	}
	for _, g := range v.Groups {
		names = append(names, g.Name)
	}
	switch n := len(names); {
	case n == 0:
		return ": there is none at all"
	case n > knownNames:
		return fmt.Sprintf(": there are %s and %d more", strings.Join(names[:knownNames], ", "), n-knownNames)
	}
	return ": there are " + strings.Join(names, ", ")
}

// Members gives the instance of that name; if there is none, the members of the sync group.
// The vrrp process takes the name of an order in the same way.
func Members(v *vrrp.Status, name string) []vrrp.InstanceStatus {
	var group []vrrp.InstanceStatus
	for _, vi := range v.Instances {
		if vi.Name == name {
			return []vrrp.InstanceStatus{vi}
		}
		if vi.Group == name {
			group = append(group, vi)
		}
	}
	return group
}

func anyMaster(list []vrrp.InstanceStatus) bool {
	return slices.ContainsFunc(list, func(vi vrrp.InstanceStatus) bool { return vi.State == "MASTER" })
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

// errNobody says that the patience is over.
var errNobody = errors.New("no other router took over")

// awaitOther waits until no member is master any more; and, if need be, until another router
// is heard, or for the limit.
func (s *Server) awaitOther(asked context.Context, limit time.Duration, r *FailoverResult, hear bool) error {
	ctx, cancel := context.WithTimeout(asked, limit)
	defer cancel()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	left := false
	for {
		members, err := s.members(ctx, r.Instance)
		if err != nil && ctx.Err() == nil {
			return err
		}
		if err == nil {
			left = !anyMaster(members)
			r.Master = heard(members)
		}
		if left && (r.Master != "" || !hear) {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			switch err := asked.Err(); {
			case err != nil:
				return err
			case left:
				return nil
			}
			return nobody(r.Instance, limit)
		}
	}
}

// heard is the master that is heard, if there is one.
func heard(members []vrrp.InstanceStatus) string {
	for _, vi := range members {
		if vi.State != "MASTER" && vi.Master != nil {
			return vi.Master.Address.String()
		}
	}
	return ""
}

// nobody says that the patience is over.
func nobody(name string, limit time.Duration) error {
	return &statusError{http.StatusConflict, fmt.Errorf("%w %s within %v: it stays master, as before (a backup with nopreempt waits for silence; with force this one steps down in any case)",
		errNobody, name, limit.Round(time.Millisecond))}
}
