"""The media engine: one UDP port, forwarding without decoding, recording without transcoding, stills."""
