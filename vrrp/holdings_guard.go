// SPDX-License-Identifier: Apache-2.0

package vrrp

import "vipward/netif/nft"

// guard wishes for firewall rules, together with the addresses that were wished for since
// the last commit: rules come before the addresses that they guard, and go after them.
func (k *keeper) guard(r nft.Rules) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rules = &r
}

// makeTables wishes for the tables as they were set last, because another program changed
// them.
func (k *keeper) makeTables() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tablesLost = true
}

// guarded does the batch between the two halves of a change of the rules.
func (k *keeper) guarded(r *nft.Rules, lost bool, batch func()) {
	if lost && k.tables != nil {
		k.tables.Forget()
		k.setTables(k.guards)
	}
	if r == nil || k.tables == nil {
		batch()
		return
	}
	k.setTables(k.guards.Union(*r))
	batch()
	k.setTables(*r)
	k.guards = *r
}

// setTables logs an error once: each change would bring it again.
func (k *keeper) setTables(r nft.Rules) {
	text := ""
	if err := k.tables.Set(r); err != nil && r.Table != "" { // without a table to make nothing is needed of the kernel
		text = firewallFailedLine(err)
	}
	if text != k.said && text != "" {
		k.log.Error(text)
	}
	k.said = text
}
