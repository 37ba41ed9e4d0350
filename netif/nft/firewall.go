// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// kernel is where the tables are.
type kernel interface {
	// tables lists the tables of both families that have the name.
	tables(name string) ([]tableID, error)
	// apply does all steps as one transaction, or none.
	apply(ops []op) error
	// source is what the kernel calls the author of these steps in its reports.
	source() (uint32, error)
	close() error
}

// ErrNoDup says that the kernel cannot send a packet out by another interface. The rules for
// VMACs are left out then, the others are made.
var ErrNoDup = errors.New("the kernel lacks what the rules for VMACs need (nft_dup_ipv4, nft_dup_ipv6)")

// Firewall keeps the tables of a process. It must not be used by two goroutines at a time.
type Firewall struct {
	kernel kernel
	log    *slog.Logger
	have   []*table
	known  bool // have is what is there
	noDup  bool // the kernel refused the rules for VMACs
}

// Close closes the socket. The tables stay.
func (f *Firewall) Close() error { return f.kernel.close() }

// Set makes the tables say what r says, in one transaction; no change needs none. Tables of
// that name that somebody else left, as an earlier process, are replaced in it. After an
// error the tables are as they were, but for ErrNoDup.
func (f *Firewall) Set(r Rules) error {
	if f.noDup {
		r.VMACs = nil
	}
	err := f.set(r)
	if err != nil && f.known {
		// What is there may not be what we made: begin anew.
		f.known = false
		err = f.set(r)
	}
	if err != nil && len(r.VMACs) > 0 {
		r.VMACs = nil
		if f.set(r) == nil {
			f.noDup = true
			return fmt.Errorf("set nftables rules: %w: %w", ErrNoDup, err)
		}
	}
	if err != nil {
		return fmt.Errorf("set nftables rules: %w", err)
	}
	return nil
}

func (f *Firewall) set(r Rules) error { return f.make(r.Table, r.tables()) }

// make leads to tables of a name, of which nothing else is to stay.
func (f *Firewall) make(name string, want []*table) error {
	ops := plan(f.have, want)
	if !f.known {
		old, err := f.kernel.tables(name)
		if err != nil {
			return err
		}
		ops = slices.Concat(f.clear(old), plan(nil, want))
	}
	if len(ops) > 0 {
		if err := f.kernel.apply(ops); err != nil {
			return err
		}
	}
	f.have, f.known = want, name != "" // what a name brings is not known before there is one
	return nil
}

// clear deletes tables that are in the way.
func (f *Firewall) clear(old []tableID) []op {
	var ops []op
	for _, id := range old {
		f.log.Info(fmt.Sprintf("Deleting old %s table", id))
		ops = append(ops, op{do: deleteTable, table: id})
	}
	return ops
}

// Forget says that somebody else changed the tables: the next Set makes them anew.
func (f *Firewall) Forget() { f.known = false }
