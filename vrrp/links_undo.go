// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"vipward/netif"
	"vipward/netif/nft"
)

// UndoLinks deletes the VMACs and gives back the sysctls of a vrrp child that is dead, as it
// has saved them.
func UndoLinks(state []byte) error {
	var s savedState
	if json.Unmarshal(state, &s) != nil || len(s.Links.Links)+len(s.Links.Sysctls) == 0 {
		return nil // nothing saved, or nothing that can be understood
	}
	links, err := netif.OpenLinks()
	if err != nil {
		return fmt.Errorf("remove VMACs: %w", err)
	}
	links.Resume(s.Links, func(netif.LinkMemory) error { return nil })
	r := links.Set(netif.LinkWish{})
	errs := undoErrors(r)
	for r.More {
		r = links.Set(netif.LinkWish{})
		errs = append(errs, undoErrors(r)...)
	}
	return errors.Join(append(errs, links.Close())...)
}

// undoErrors lists what could not be taken away.
func undoErrors(r netif.LinkReport) []error {
	errs := []error{r.Err}
	for _, d := range r.Done {
		errs = append(errs, d.Err)
	}
	for _, c := range r.Restored {
		if c.Err != nil {
			errs = append(errs, fmt.Errorf("restore sysctl %s: %w", c.Name, c.Err))
		}
	}
	return errs
}

// UndoFirewall deletes the tables of a vrrp child that is dead, as it has saved them.
func UndoFirewall(state []byte, log *slog.Logger) error {
	var s savedState
	if json.Unmarshal(state, &s) != nil || s.Tables == "" {
		return nil // nothing saved, or nothing that can be understood
	}
	wall := nft.New(log)
	return errors.Join(wall.Set(nft.Rules{Options: nft.Options{Table: s.Tables}}), wall.Close())
}
