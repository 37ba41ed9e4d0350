// SPDX-License-Identifier: Apache-2.0

package nft

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// watchPause gathers what one command of another program deletes.
const watchPause = 50 * time.Millisecond

// Watch hears other programs delete something of our tables.
type Watch struct{ conn *netlink.Conn }

// Watch opens a Watch of the tables of that name. It is to be called when the first are made,
// since it may load modules of the kernel.
func (f *Firewall) Watch(table string) (*Watch, error) {
	own, err := f.kernel.source()
	if err != nil {
		return nil, fmt.Errorf("watch nftables: %w", err)
	}
	conn, err := netlink.Dial(unix.NETLINK_NETFILTER, nil)
	if err != nil {
		return nil, fmt.Errorf("watch nftables: %w", err)
	}
	filter, err := bpf.Assemble(deletions(table, own))
	if err == nil {
		err = errors.Join(conn.SetBPF(filter), conn.JoinGroup(unix.NFNLGRP_NFTABLES))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("watch nftables: %w", err), conn.Close())
	}
	return &Watch{conn}, nil
}

// Run tells of deletions until ctx ends; those of one command are told together. It closes
// the Watch.
func (w *Watch) Run(ctx context.Context, emit func()) error {
	stop := context.AfterFunc(ctx, func() { _ = w.conn.SetReadDeadline(time.Unix(0, 1)) })
	defer stop()
	for {
		_, err := w.conn.Receive()
		if err != nil && ctx.Err() == nil && !errors.Is(err, unix.ENOBUFS) { // that means some were lost: news, too
			return errors.Join(fmt.Errorf("watch nftables: %w", err), w.conn.Close())
		}
		select {
		case <-time.After(watchPause):
		case <-ctx.Done():
			return w.conn.Close()
		}
		if err := drain(w.conn); err != nil {
			return errors.Join(fmt.Errorf("watch nftables: %w", err), w.conn.Close())
		}
		emit()
	}
}

// drain reads what else is there.
func drain(conn *netlink.Conn) error {
	rc, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	buf := make([]byte, 1<<16)
	return rc.Control(func(fd uintptr) {
		for {
			if _, _, err := unix.Recvfrom(int(fd), buf, unix.MSG_DONTWAIT); err != nil && !errors.Is(err, unix.ENOBUFS) {
				return
			}
		}
	})
}

// Offsets in a report: a netlink header, one of netfilter, and the name of the table, which
// is the first attribute of each kind of report.
const (
	atType      = 4
	atPort      = 12
	atAttribute = 20
	atName      = atAttribute + 4
)

// deletions lets reports through that something of the tables of that name is deleted, but
// not what port asked for. The kernel compares even the name: other programs may change
// their tables many times a second.
func deletions(table string, port uint32) []bpf.Instruction {
	var list []bpf.Instruction
	// Each step drops the packet if it is not as wanted.
	want := func(off, size, value uint32) {
		list = append(list, bpf.LoadAbsolute{Off: off, Size: int(size)},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: value, SkipTrue: 1}, bpf.RetConstant{Val: 0})
	}
	list = append(list,
		bpf.LoadAbsolute{Off: atPort, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: onWire32(port), SkipTrue: 1}, bpf.RetConstant{Val: 0},
		bpf.LoadAbsolute{Off: atType, Size: 2})
	kinds := []uint16{unix.NFT_MSG_DELTABLE, unix.NFT_MSG_DELCHAIN, unix.NFT_MSG_DELRULE, unix.NFT_MSG_DELSET, unix.NFT_MSG_DELSETELEM}
	for i, kind := range kinds {
		list = append(list, bpf.JumpIf{
			Cond: bpf.JumpEqual, Val: uint32(onWire16(unix.NFNL_SUBSYS_NFTABLES<<8 | kind)), SkipTrue: uint8(len(kinds) - i),
		})
	}
	list = append(list, bpf.RetConstant{Val: 0})
	name := append([]byte(table), 0)
	want(atAttribute, 2, uint32(onWire16(uint16(4+len(name)))))
	want(atAttribute+2, 2, uint32(onWire16(unix.NFTA_TABLE_NAME)))
	for i, b := range name {
		want(atName+uint32(i), 1, uint32(b))
	}
	return append(list, bpf.RetConstant{Val: 1 << 16})
}

// onWire16 and onWire32 are what a filter, which reads in network order, sees of numbers in
// the order of the host.
func onWire16(n uint16) uint16 {
	return binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, n))
}

func onWire32(n uint32) uint32 {
	return binary.BigEndian.Uint32(binary.NativeEndian.AppendUint32(nil, n))
}
