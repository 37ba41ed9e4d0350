// SPDX-License-Identifier: Apache-2.0

package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// Terminal is a pseudo terminal (pty(7)). What is written to it is kept.
type Terminal struct {
	Slave *os.File // what a program has for its output

	mu  sync.Mutex // guards out
	out bytes.Buffer
}

// NewTerminal makes a terminal of a size.
func NewTerminal(t TB, columns, rows int) *Terminal {
	t.Helper()
	master, slave, err := openTerminal(uint16(columns), uint16(rows))
	if err != nil {
		t.Fatalf("make a terminal: %v", err)
	}
	w := &Terminal{Slave: slave}
	ended := spawn(t, "read a terminal", func(context.Context) error {
		w.keep(master)
		return nil
	})
	t.Cleanup(func() {
		_ = slave.Close() // the reader ends with the last of them
		ended()
		_ = master.Close()
	})
	return w
}

func openTerminal(columns, rows uint16) (master, slave *os.File, err error) {
	if master, err = os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		return nil, nil, err
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetUint32(fd, unix.TIOCGPTN)
	if err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)); err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(int(slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
	}
	if err != nil {
		return nil, nil, errors.Join(err, master.Close())
	}
	return master, slave, nil
}

// keep keeps what comes until nobody has the other end any more.
func (w *Terminal) keep(master *os.File) {
	b := make([]byte, 4096)
	for {
		n, err := master.Read(b)
		if err != nil {
			return
		}
		w.mu.Lock()
		w.out.Write(b[:n])
		w.mu.Unlock()
	}
}

// String gives what was written.
func (w *Terminal) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.String()
}
