// SPDX-License-Identifier: Apache-2.0

package control

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vipward/vrrp"
)

// refused says whether the child has something against an order. It may hold all the same,
// and not be kept.
func refused(err error) bool {
	var r *statusError
	return errors.As(err, &r)
}

// rest says whether all that is meant by a name rests now.
func (s *Server) rest(ctx context.Context, name string) bool {
	members, err := s.members(ctx, name)
	return err == nil && !slices.ContainsFunc(members, func(vi vrrp.InstanceStatus) bool { return !vi.Resting })
}

// takeBack ends what a failover that failed began, and says how that went beside why it failed.
func (s *Server) takeBack(ctx context.Context, name string, before []vrrp.InstanceStatus, failed error) error {
	undo := s.wake(ctx, before)
	switch {
	case undo == nil:
		return failed
	case refused(undo) && s.awake(ctx, name, before):
		return fmt.Errorf("%w; its priority is back, which a restart does not know: %w", failed, undo)
	}
	return fmt.Errorf("%s keeps priority 1: %w", name, undo)
}

// awake says whether none rests now that did not rest before.
func (s *Server) awake(ctx context.Context, name string, before []vrrp.InstanceStatus) bool {
	rested := map[string]bool{}
	for _, vi := range before {
		rested[vi.Name] = vi.Resting
	}
	members, err := s.members(ctx, name)
	return err == nil && !slices.ContainsFunc(members, func(vi vrrp.InstanceStatus) bool { return vi.Resting && !rested[vi.Name] })
}

// wake ends the rest of those that did not rest before.
func (s *Server) wake(ctx context.Context, before []vrrp.InstanceStatus) error {
	var errs []error
	for _, vi := range before {
		if !vi.Resting {
			errs = append(errs, s.tellVRRP(ctx, vrrp.Order{Instance: vi.Name}))
		}
	}
	return errors.Join(errs...)
}
