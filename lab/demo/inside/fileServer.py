"""Lends the files below one directory to the peer, for reading only. It stands for the NFS export of the how-to.

usage: fileServer.py ADDRESS PORT DIRECTORY. A client sends a path and a line feed, and gets eight bytes of length and
so many bytes of the file.
"""

import os
import socket
import struct
import sys
import threading

PATH_BYTES_MAX = 1000
CLIENT_SECONDS = 10


def main():
    address, port, directory = sys.argv[1], int(sys.argv[2]), os.path.realpath(sys.argv[3])
    server = socket.create_server((address, port), backlog=8)
    while True:
        client, _ = server.accept()
        threading.Thread(target=serve, args=(client, directory), daemon=True).start()


def serve(client, directory):
    client.settimeout(CLIENT_SECONDS)
    try:
        with client, client.makefile("rb") as request:
            path = os.path.realpath(request.readline(PATH_BYTES_MAX).decode().rstrip("\n"))
            if not path.startswith(directory + "/"):
                return
            with open(path, "rb") as file:
                size = os.fstat(file.fileno()).st_size
                client.sendall(struct.pack(">Q", size))
                # What is appended from here on is not part of it.
                client.sendfile(file, 0, size) if size else None
    except OSError as error:
        print("fileServer:", error, flush=True)


main()
