"""``yibao serve``: the pages and the API on one address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from yibao.cli.options import whole
from yibao.database.place import data_folder


def serve(
    host: Annotated[str, typer.Option("--host", metavar="地址", help="听哪个地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="端口", help="听哪个端口。")] = 8000,
    data: Annotated[
        str, typer.Option("--data", metavar="文件夹", help="报错存放处；缺省用 YIBAO_DATA_DIR。")
    ] = "",
) -> None:
    """启动网页与数据接口：计算、政策库、指南、名录。

    例子：
      yibao serve
      yibao serve --port 8080
    """
    import uvicorn

    from yibao.api.observe import log_to_stderr
    from yibao.portal.app import create_app

    folder = Path(data) if data else data_folder()
    app = create_app(data=folder)
    log_to_stderr()
    typer.echo(f"http://{host}:{whole(port, '--port', 0, 65_535)}/", err=True)
    # Its own access log would write addresses with what people typed.
    uvicorn.run(
        app, host=host, port=port, access_log=False, log_level="warning", server_header=False
    )
