// SPDX-License-Identifier: Apache-2.0

package vrrp

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"vipward/netif/nft"
)

// tableWatch tells when another program deletes something of our tables.
type tableWatch interface {
	Run(ctx context.Context, emit func()) error
}

// nftTables is the real firewallTables.
type nftTables struct{ *nft.Firewall }

// Watch opens a watch of our tables.
func (t nftTables) Watch(table string) (tableWatch, error) { return t.Firewall.Watch(table) }

// watchTables lets the loop hear of deletions, if that is possible.
func watchTables(life context.Context, g *errgroup.Group, wall firewallTables, table string, box *inbox, log *slog.Logger) {
	if wall == nil {
		return
	}
	w, err := wall.Watch(table)
	if err != nil {
		log.Warn(tableWatchFailedLine(err))
		return
	}
	g.Go(func() error {
		if err := w.Run(life, func() { box.post(tablesLost{}) }); err != nil {
			log.Warn(tableWatchFailedLine(err))
		}
		return nil
	})
}

// tablesLost is a message to the loop.
type tablesLost struct{}

func (tablesLost) handle(l *loop) {
	l.firewall.lost = true
	l.due.update(l.firewall.alarm)
}

// restorePause is the least time between two restorations: another program that deletes the
// tables again and again does not keep us busy.
const restorePause = time.Second

// Deadline implements sleeper: tables are to be made again then.
func (f *firewall) Deadline() time.Time {
	if !f.lost || f.stopped {
		return time.Time{}
	}
	return f.restored.Add(restorePause)
}

func (f *firewall) wake(now time.Time) {
	if !f.lost || now.Before(f.restored.Add(restorePause)) {
		return
	}
	f.lost, f.restored = false, now
	f.l.env.Log.Warn(tablesLostLine(f.last.Table))
	f.l.keeper.makeTables()
	f.l.keeper.commit()
}
